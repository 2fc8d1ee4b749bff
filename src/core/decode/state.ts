import { dotted } from '../model/address.ts';
import { unmapped } from '../model/four-tuple.ts';
import type { DropRecord, StateRecord } from '../model/record.ts';
import { type TcpState, tcpStateOf } from '../model/tcp-state.ts';
import { type Cursor, commOf, DecodeError } from './cursor.ts';
import type { Names } from './names.ts';

/** Bits of skc_flags, as the scripts pack them. */
const SOCK_DONE = 2;

/**
 * `s` and `t` of bpf/sock-state*.bt: packed words in hex. `t` has IPv6 addresses in text; both end in the process that held the socket's lock,
 * whose name a `C` told before, or in 0. Earlier scripts left that out and said `S` and `T`. An `s` from no state to none is of bpf/drop.bt.
 */
export function decodeState(cursor: Cursor, tag: string, names: Names): StateRecord | DropRecord {
  const ns = cursor.hex();
  const skaddr = cursor.pointer();
  cursor.word();
  const netns = cursor.high;
  const what = cursor.low;
  const v4 = tag === 'S' || tag === 's';
  let laddr: string;
  let raddr: string;
  if (v4) {
    cursor.word();
    laddr = dotted(cursor.high);
    raddr = dotted(cursor.low);
  } else {
    laddr = unmapped(cursor.address());
    raddr = unmapped(cursor.address());
  }
  cursor.word();
  const ports = cursor.high;
  const srttUs = cursor.low;
  cursor.word();
  const sndUna = cursor.high;
  const sndNxt = cursor.low;
  const rcvNxt = cursor.hex();
  let pid: number | null = null;
  let comm: string | null = null;
  if (tag === 's' || tag === 't') {
    cursor.word();
    pid = cursor.high || null;
    if (pid !== null) comm = names.of(cursor.low);
  }
  cursor.done();
  const key = what & 255;
  const lport = ports >>> 16;
  const rport = ports & 0xffff;
  // No transition: it waited with them.
  if (key === 0 && tag === 's' && skaddr !== 0)
    return consumed({ ns, skaddr, netns, what, laddr, lport, raddr, rport, segSeq: sndUna, segAck: sndNxt });
  return {
    type: 'state',
    stream: 'state',
    key,
    ns,
    skaddr,
    netns: netns || null,
    laddr,
    lport,
    raddr,
    rport,
    from: stateOf(key >> 4),
    to: stateOf(key & 15),
    sndUna,
    sndNxt,
    rcvNxt,
    srttUs: srttUs || null,
    retransmits: (what >>> 8) & 255,
    err: (what >>> 16) & 0xfff,
    finReceived: ((what >>> 28) & SOCK_DONE) !== 0,
    pid,
    comm,
  };
}

/** An `s` of bpf/drop.bt: a segment that a mini-socket threw away. */
function consumed({ netns, what, ...segment }: Consumed): DropRecord {
  const reason = (what >>> 8) & 255;
  const told = { direction: 'received', state: 'TIME_WAIT', segFlags: (what >>> 16) & 255 } as const;
  return { type: 'drop', stream: 'drop', key: reason, ...segment, netns: netns || null, reason, ...told };
}

type Consumed = Pick<DropRecord, 'ns' | 'skaddr' | 'laddr' | 'lport' | 'raddr' | 'rport' | 'segSeq' | 'segAck'> & {
  readonly netns: number;
  readonly what: number;
};

/** `L` and `l` of bpf/sock-state-lean.bt: what the tracepoint itself gives. */
export function decodeLeanState(cursor: Cursor, tag: string): StateRecord {
  const ns = cursor.hex();
  const skaddr = cursor.pointer();
  const from = cursor.uint();
  const to = cursor.uint();
  const laddr = unmapped(cursor.address());
  const lport = cursor.port();
  const raddr = unmapped(cursor.address());
  const rport = cursor.port();
  let pid: number | null = null;
  let comm: string | null = null;
  if (tag === 'l') {
    pid = cursor.uint() || null;
    comm = commOf(cursor.bytes());
  }
  cursor.done();
  return {
    type: 'state',
    stream: 'state',
    key: from * 16 + to,
    ns,
    skaddr,
    netns: null,
    laddr,
    lport,
    raddr,
    rport,
    from: stateOf(from),
    to: stateOf(to),
    sndUna: null,
    sndNxt: null,
    rcvNxt: null,
    srttUs: null,
    retransmits: null,
    err: null,
    finReceived: null,
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
