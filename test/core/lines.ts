import { LineDecoder } from '../../src/core/decode/index.ts';
import type {
  DropRecord,
  HeartbeatRecord,
  KernelRecord,
  NeighbourRecord,
  ResetRecord,
  RetransmitRecord,
  SocketErrorRecord,
  StateRecord,
  TierRecord,
  TimeWaitRecord,
  TurnRecord,
} from '../../src/core/model/record.ts';
import { TCP_STATES, type TcpState } from '../../src/core/model/tcp-state.ts';

/** The records that scripts print, and how: the mirror of src/core/decode, written from the headers in bpf/. */
export type Printed =
  | StateRecord
  | RetransmitRecord
  | ResetRecord
  | DropRecord
  | SocketErrorRecord
  | NeighbourRecord
  | TimeWaitRecord
  | HeartbeatRecord
  | TierRecord
  | TurnRecord;

/** NOT_SPECIFIED, where the kernel names the socket. */
const CONSUMED = 2;

export const codeOf = (state: TcpState): number => TCP_STATES.indexOf(state) + 1;
const pointer = (low: number): string => (low === 0 ? '0' : `fff${low.toString(16).padStart(13, '0')}`);
const mapped = (address: string): string => (address.includes(':') ? address : `::ffff:${address}`);
const word = (value: number | bigint): string => BigInt(value).toString(16);
const pair = (high: number, low: number): string => word((BigInt(high) << 32n) | BigInt(low));
/** An IPv4 address as it lies in memory, read by a little-endian machine. */
const inMemory = (address: string): number => address.split('.').reduce((sum, octet, at) => sum + Number(octet) * 256 ** at, 0);
const isV4 = (address: string): boolean => !address.includes(':');
const hex = (bytes: Iterable<number>): string => Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

export function commField(comm: string): string {
  const bytes = new Uint8Array(16);
  bytes.set(new TextEncoder().encode(comm).subarray(0, 15));
  return hex(bytes);
}

const ends = (r: { laddr: string; lport: number; raddr: string; rport: number }): string =>
  `${mapped(r.laddr)} ${r.lport} ${mapped(r.raddr)} ${r.rport}`;

/** The line or lines of one record. */
export function print(record: Printed): string {
  switch (record.type) {
    case 'heartbeat':
      return `H ${word(record.ns)}`;
    case 'turn':
      return `U ${word(record.ns)}`;
    case 'tier':
      return `B ${word(record.ns)} ${record.share}`;
    case 'state':
      return record.sndUna === null ? lean(record) : packed(record);
    case 'retransmit':
      return record.synack
        ? `Y ${word(record.ns)} ${pointer(record.skaddr)} ${record.netns ?? 0} ${ends(record)} ${record.seqStart} ${record.retransmits}`
        : `R ${word(record.ns)} ${pointer(record.skaddr)} ${codeOf(record.state)} ${record.netns ?? 0} ${ends(record)} ${record.seqStart} ` +
            `${record.seqEnd} ${record.flags} ${record.retransmits} ${record.caState} ${record.err ?? 1}`;
    case 'reset': {
      const direction = record.direction === 'received' ? 1 : record.answers ? 3 : 2;
      const state = record.state === null ? 0 : codeOf(record.state);
      return `X ${word(record.ns)} ${direction} ${pointer(record.skaddr)} ${state} ${record.reason ?? -1} ${record.netns ?? 0} ${ends(record)}`;
    }
    case 'drop': {
      const received = record.direction === 'received';
      // Waits with the transitions.
      if (
        received &&
        record.state === 'TIME_WAIT' &&
        isV4(record.laddr) &&
        isV4(record.raddr) &&
        record.reason === CONSUMED &&
        record.skaddr !== 0
      ) {
        const what = pair(record.netns ?? 0, (record.segFlags << 16) | (record.reason << 8));
        const [addresses, ports] = [pair(inMemory(record.laddr), inMemory(record.raddr)), pair(record.lport * 2 ** 16 + record.rport, 0)];
        return `s ${word(record.ns)} ${pointer(record.skaddr)} ${what} ${addresses} ${ports} ${pair(record.segSeq, record.segAck)} 0 0`;
      }
      const { laddr, lport, raddr, rport } = record;
      const way = received ? `${raddr} ${rport} ${laddr} ${lport}` : `${laddr} ${lport} ${raddr} ${rport}`;
      const state = record.state === null ? 0 : codeOf(record.state);
      return (
        `D ${word(record.ns)} ${pointer(record.skaddr)} ${state} ${record.reason} ${record.netns ?? 0} ${received ? 1 : 0} ${way} ` +
        `${record.segSeq} ${record.segAck} ${record.segFlags}`
      );
    }
    case 'socket-error':
      return `E ${word(record.ns)} ${record.errno} ${ends(record)}`;
    case 'time-wait':
      return `W ${word(record.ns)} ${record.key} ${{ 'time-wait': 6, 'fin-wait2': 5, none: 0 }[record.phase ?? 'none']} ${record.netns ?? 0} ${ends(record)}`;
    case 'neighbour': {
      const family = record.address.includes(':') ? 10 : 2;
      const link = (text: string | null) => hex((text ?? '00:00:00:00:00:00').split(':').map((byte) => Number.parseInt(byte, 16)));
      return `N ${word(record.ns)} ${family} ${record.address} ${record.device} 6 1 ${record.failed ? 32 : 2} ${link(record.oldLink)} ${link(record.newLink)}`;
    }
  }
}

function packed(record: StateRecord): string {
  const { ns, skaddr, netns, laddr, lport, raddr, rport, sndUna, sndNxt, rcvNxt, srttUs, retransmits, err, finReceived, pid, comm } =
    record;
  const v4 = isV4(laddr) && isV4(raddr);
  const what =
    (finReceived === true ? 2 : 1) * 2 ** 28 +
    (err ?? 0) * 2 ** 16 +
    (retransmits ?? 0) * 2 ** 8 +
    codeOf(record.from) * 16 +
    codeOf(record.to);
  const ends = v4 ? pair(inMemory(laddr), inMemory(raddr)) : `${mapped(laddr)} ${mapped(raddr)}`;
  const line =
    `${word(ns)} ${pointer(skaddr)} ${pair(netns ?? 0, what)} ${ends} ${pair(lport * 2 ** 16 + rport, srttUs ?? 0)} ` +
    `${pair(sndUna ?? 0, sndNxt ?? 0)} ${word(rcvNxt ?? 0)}`;
  if (pid === null) return `${v4 ? 'S' : 'T'} ${line}`;
  // Any thread of the process will do.
  const named = comm === null ? '' : `C ${word(pid)} ${commField(comm)}\n`;
  return `${named}${v4 ? 's' : 't'} ${line} ${pair(pid, pid)}`;
}

function lean(record: StateRecord): string {
  const line = `${word(record.ns)} ${pointer(record.skaddr)} ${codeOf(record.from)} ${codeOf(record.to)} ${ends(record)}`;
  return record.pid === null ? `L ${line}` : `l ${line} ${record.pid} ${commField(record.comm ?? '')}`;
}

/** A transition as sock-state.bt would print it; what a story does not tell is as on a plain connection. */
export function transition(fields: Partial<StateRecord> & { from: TcpState; to: TcpState; ns: number }): StateRecord {
  return {
    type: 'state',
    stream: 'state',
    key: codeOf(fields.from) * 16 + codeOf(fields.to),
    skaddr: 0xa00,
    netns: 1,
    laddr: '10.0.0.1',
    lport: 40000,
    raddr: '10.0.0.2',
    rport: 80,
    sndUna: 1,
    sndNxt: 1,
    rcvNxt: 1,
    srttUs: 40,
    retransmits: 0,
    err: 0,
    finReceived: false,
    pid: null,
    comm: null,
    ...fields,
  };
}

export interface Decoded {
  readonly records: KernelRecord[];
  readonly faults: { line: string; why: string }[];
}

/** Decodes pieces of output, as many as there are, to the end of the stream. */
export function decode(...pieces: string[]): Decoded {
  const decoded: Decoded = { records: [], faults: [] };
  const decoder = new LineDecoder({
    record: (record) => decoded.records.push(record),
    fault: (line, why) => decoded.faults.push({ line, why }),
  });
  for (const piece of pieces) decoder.write(piece);
  decoder.end();
  return decoded;
}

/** Text in pieces, cut at these places. */
export function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
}
