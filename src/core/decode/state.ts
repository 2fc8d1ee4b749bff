import { unmapped } from '../model/four-tuple.ts';
import type { StateRecord } from '../model/record.ts';
import { type TcpState, tcpStateOf } from '../model/tcp-state.ts';
import { type Cursor, commOf, DecodeError } from './cursor.ts';

/** `S` and `s` of bpf/sock-state*.bt; `s` ends in the pid and comm of the process that held the socket's lock. */
export function decodeState(cursor: Cursor, tag: string): StateRecord {
  const ns = cursor.uint();
  const skaddr = cursor.pointer();
  const fromCode = cursor.uint();
  const toCode = cursor.uint();
  const netns = cursor.uint();
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  const sndUna = cursor.uintOrNull();
  const sndNxt = cursor.uintOrNull();
  const rcvNxt = cursor.uintOrNull();
  const srttUs = cursor.uintOrNull();
  const retransmits = cursor.uintOrNull();
  const err = cursor.uintOrNull();
  const flags = cursor.uintOrNull();
  let pid: number | null = null;
  let comm: string | null = null;
  if (tag === 's') {
    pid = cursor.uint() || null;
    comm = commOf(cursor.bytes());
  }
  cursor.done();
  return {
    type: 'state',
    stream: 'state',
    key: fromCode * 16 + toCode,
    ns,
    skaddr,
    netns: netns || null,
    laddr,
    lport,
    raddr,
    rport,
    from: stateOf(fromCode),
    to: stateOf(toCode),
    sndUna,
    sndNxt,
    rcvNxt,
    srttUs: srttUs || null,
    retransmits,
    err,
    finReceived: flags === null ? null : (flags & 2) !== 0,
    pid,
    comm: pid === null ? null : comm,
  };
}

/** The state by Linux's number; throws where there is none. */
export function stateOf(code: number): TcpState {
  const state = tcpStateOf(code);
  if (state === undefined) throw new DecodeError(`expected a TCP state, got ${code}`);
  return state;
}
