import { unmapped } from '../model/four-tuple.ts';
import type { ResetRecord } from '../model/record.ts';
import { tcpStateOf } from '../model/tcp-state.ts';
import { type Cursor, DecodeError } from './cursor.ts';

/** `X` of bpf/reset.bt. */
export function decodeReset(cursor: Cursor): ResetRecord {
  const ns = cursor.hex();
  const direction = cursor.uint();
  if (direction < 1 || direction > 3) throw new DecodeError(`expected a direction from 1 to 3, got ${direction}`);
  const skaddr = cursor.pointer();
  const state = cursor.uint();
  const reason = cursor.int();
  const netns = cursor.uint() || null;
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  cursor.done();
  return {
    type: 'reset',
    stream: 'reset',
    key: direction,
    ns,
    skaddr,
    netns,
    laddr,
    lport,
    raddr,
    rport,
    direction: direction === 1 ? 'received' : 'sent',
    answers: direction === 3,
    state: skaddr === 0 ? null : (tcpStateOf(state) ?? null),
    reason: reason < 0 ? null : reason,
  };
}
