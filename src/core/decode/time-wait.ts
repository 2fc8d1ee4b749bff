import { unmapped } from '../model/four-tuple.ts';
import type { TimeWaitRecord } from '../model/record.ts';
import { type Cursor, DecodeError } from './cursor.ts';

/** By their numbers in the record. */
const WHAT = ['born', 'restarted', 'gone', 'refused'] as const;
/** TCP_FIN_WAIT2 and TCP_TIME_WAIT (include/net/tcp_states.h). */
const PHASES: Readonly<Record<number, TimeWaitRecord['phase']>> = { 0: null, 5: 'fin-wait2', 6: 'time-wait' };

/** `W` of bpf/time-wait-kprobe.bt. */
export function decodeTimeWait(cursor: Cursor): TimeWaitRecord {
  const ns = cursor.hex();
  const key = cursor.uint();
  const what = WHAT[key - 1];
  if (what === undefined) throw new DecodeError(`expected what happened, from 1 to 4, got ${key}`);
  const substate = cursor.uint();
  const phase = PHASES[substate];
  if (phase === undefined) throw new DecodeError(`expected a substate of 0, 5 or 6, got ${substate}`);
  const netns = cursor.uint() || null;
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  cursor.done();
  return { type: 'time-wait', stream: 'timewait', key, ns, netns, laddr, lport, raddr, rport, what, phase };
}
