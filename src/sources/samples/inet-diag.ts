import { endianness } from 'node:os';
import { dotted, formatAddress } from '../../core/model/address.ts';
import type { ListenerSample, TcpInfoSample, TimerKind, WaitingSample } from '../../core/model/input.ts';
import { tcpStateOf } from '../../core/model/tcp-state.ts';

// sock_diag's messages (include/uapi/linux/{netlink,sock_diag,inet_diag,tcp}.h): what `ss` is made of. Numbers are the machine's own, which on all
// that Node runs on but s390x is little-endian; ports and addresses are as on the wire.

const HEADER = 16;
const [REQUEST, DUMP] = [0x1, 0x300];
const [ERROR, DONE] = [2, 3];
/** Of both families in one walk; the newer request walks the table once for each. */
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;
const ID_BYTES = 48;
const SOCKET_BYTES = 72;
const INET_DIAG_INFO = 2;
const AF_INET = 2;
const IPPROTO_TCP = 6;

const ESTABLISHED = 1;
const LISTEN = 10;
/** Those that a queue can wait in: others are the kernel's to end. */
const CONNECTED = (1 << ESTABLISHED) | (1 << 8);
/** By idiag_timer; 0 is none. */
const TIMERS: readonly TimerKind[] = ['unknown', 'on', 'keepalive', 'timewait', 'persist'];

/** Whether this machine's numbers are read rightly here. */
export const READABLE_HERE = endianness() === 'LE';

/** Asks for all listeners of the namespace, or for all its connections. */
export function dumpRequest(what: 'listeners' | 'connections'): Buffer {
  const request = Buffer.alloc(HEADER + 4 + ID_BYTES + 8);
  headerOf(request, TCPDIAG_GETSOCK, REQUEST | DUMP);
  request.writeUInt32LE(what === 'listeners' ? 1 << LISTEN : CONNECTED, HEADER + 4 + ID_BYTES);
  return request;
}

/** Asks for one socket's struct tcp_info. `id`: as a dump gave it, cookie included, so that it is this one or none. */
export function infoRequest({ family, id }: DumpedEnds): Buffer {
  const request = Buffer.alloc(HEADER + 8 + ID_BYTES);
  headerOf(request, SOCK_DIAG_BY_FAMILY, REQUEST);
  request.writeUInt8(family, HEADER);
  request.writeUInt8(IPPROTO_TCP, HEADER + 1);
  request.writeUInt8(1 << (INET_DIAG_INFO - 1), HEADER + 2);
  id.copy(request, HEADER + 8);
  return request;
}

function headerOf(request: Buffer, type: number, flags: number): void {
  request.writeUInt32LE(request.length, 0);
  request.writeUInt16LE(type, 4);
  request.writeUInt16LE(flags, 6);
}

/** What the kernel calls a socket. */
interface DumpedEnds {
  readonly family: number;
  readonly id: Buffer;
}

export type DumpedWaiting = WaitingSample & DumpedEnds;

/** What one dump said, gathered from its pieces. */
export interface Dump {
  readonly listeners: ListenerSample[];
  readonly waiting: DumpedWaiting[];
  leftOut: number;
}

/**
 * Reads one piece of a dump into `dump`, at most `most` connections that wait; more are counted.
 *
 * @returns whether it was the last one.
 * @throws Error where the kernel refused, or a message is none.
 */
export function readDump(piece: Buffer, dump: Dump, most: number): boolean {
  for (const { type, at, end } of messages(piece)) {
    if (type === DONE) return true;
    if (type !== TCPDIAG_GETSOCK || end - at < SOCKET_BYTES || isIdle(piece, at)) continue;
    const state = piece.readUInt8(at + 1);
    if (state === LISTEN) dump.listeners.push(listenerOf(piece, at));
    else if (dump.waiting.length >= most) dump.leftOut++;
    else dump.waiting.push(waitingOf(piece, at));
  }
  return false;
}

/** The one answer to {@link infoRequest}; null where there is no such socket any more. */
export function readInfo(piece: Buffer): TcpInfoSample | null {
  for (const { type, at, end } of messages(piece, true)) {
    if (type !== SOCK_DIAG_BY_FAMILY) return null;
    for (let attribute = at + SOCKET_BYTES; attribute + 4 <= end; ) {
      const length = piece.readUInt16LE(attribute);
      if (length < 4) break;
      const ends = Math.min(attribute + length, end);
      if (piece.readUInt16LE(attribute + 2) === INET_DIAG_INFO) return infoOf(piece.subarray(attribute + 4, ends));
      attribute += aligned(length);
    }
  }
  return null;
}

function* messages(piece: Buffer, mayFail = false): Generator<{ readonly type: number; readonly at: number; readonly end: number }> {
  for (let at = 0; at + HEADER <= piece.length; ) {
    const length = piece.readUInt32LE(at);
    if (length < HEADER || at + length > piece.length) throw new Error(`sock_diag: a message of ${length} bytes`);
    const type = piece.readUInt16LE(at + 4);
    if (type === ERROR && !mayFail) throw new Error(`sock_diag: error ${-piece.readInt32LE(at + HEADER)}`);
    yield { type, at: at + HEADER, end: at + length };
    at += aligned(length);
  }
}

const aligned = (length: number): number => (length + 3) & ~3;

// struct inet_diag_msg: family, state, timer, retrans; sport, dport, src, dst, if, cookie; expires, rqueue, wqueue, uid, inode.
const [TIMER, RETRANS, SPORT, DPORT, SRC, DST] = [2, 3, 4, 6, 8, 24];
const [EXPIRES, RQUEUE, WQUEUE, INODE] = [52, 56, 60, 68];

/** One that is all right, told at once: most of 100,000 are. */
function isIdle(piece: Buffer, at: number): boolean {
  if (piece.readUInt8(at + 1) === LISTEN) return false;
  const timer = piece.readUInt8(at + TIMER);
  if (timer === 3) return true;
  if (timer !== 0 && !(timer === 2 && piece.readUInt8(at + RETRANS) === 0)) return false;
  return piece.readUInt32LE(at + RQUEUE) === 0 && piece.readUInt32LE(at + WQUEUE) === 0 && piece.readUInt32LE(at + INODE) !== 0;
}

function listenerOf(piece: Buffer, at: number): ListenerSample {
  return {
    laddr: addressAt(piece, at, SRC),
    lport: piece.readUInt16BE(at + SPORT),
    waiting: piece.readUInt32LE(at + RQUEUE),
    backlog: piece.readUInt32LE(at + WQUEUE),
  };
}

function waitingOf(piece: Buffer, at: number): DumpedWaiting {
  const timer = piece.readUInt8(at + TIMER);
  return {
    laddr: addressAt(piece, at, SRC),
    lport: piece.readUInt16BE(at + SPORT),
    raddr: addressAt(piece, at, DST),
    rport: piece.readUInt16BE(at + DPORT),
    state: tcpStateOf(piece.readUInt8(at + 1)) ?? 'CLOSE',
    recvQ: piece.readUInt32LE(at + RQUEUE),
    sendQ: piece.readUInt32LE(at + WQUEUE),
    owned: piece.readUInt32LE(at + INODE) !== 0,
    timer:
      timer === 0
        ? null
        : { kind: TIMERS[timer] ?? 'unknown', ms: piece.readUInt32LE(at + EXPIRES), backoff: piece.readUInt8(at + RETRANS) },
    info: null,
    family: piece.readUInt8(at),
    id: Buffer.from(piece.subarray(at + SPORT, at + SPORT + ID_BYTES)),
  };
}

const groups = new Uint16Array(8);

/** As everywhere else: v4-mapped is IPv4, the wildcard of an AF_INET6 listener is `::`. */
function addressAt(piece: Buffer, at: number, offset: number): string {
  if (piece.readUInt8(at) === AF_INET) return dotted(piece.readUInt32LE(at + offset));
  for (let group = 0; group < groups.length; group++) groups[group] = piece.readUInt16BE(at + offset + 2 * group);
  return formatAddress(groups);
}

/** The struct has only ever grown at its end: what a kernel leaves out is null. */
function infoOf(bytes: Buffer): TcpInfoSample | null {
  if (bytes.length < 104) return null;
  const word = (at: number): number | null => (bytes.length >= at + 4 ? bytes.readUInt32LE(at) : null);
  const rttUs = bytes.readUInt32LE(68);
  return {
    unacked: bytes.readUInt32LE(24),
    backoff: bytes.readUInt8(4),
    retrans: bytes.readUInt32LE(36),
    retransTotal: bytes.readUInt32LE(100),
    segsIn: word(140),
    segsOut: word(136),
    lastSndMs: bytes.readUInt32LE(44),
    lastRcvMs: bytes.readUInt32LE(52),
    lastAckMs: bytes.readUInt32LE(56),
    notSent: word(144) ?? 0,
    rtoMs: bytes.readUInt32LE(8) / 1000,
    rttMs: rttUs === 0 ? null : rttUs / 1000,
  };
}
