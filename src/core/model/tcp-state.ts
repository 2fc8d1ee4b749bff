/**
 * The states of a TCP connection, in Linux's spelling and by Linux's numbers (include/net/tcp_states.h).
 * RFC 9293 §3.3.2 draws eleven of them; NEW_SYN_RECV is Linux's request socket and never fires the state hook.
 */
export const TCP_STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
] as const;

export type TcpState = (typeof TCP_STATES)[number];

/** The state with Linux's number `code` (1 ESTABLISHED … 12 NEW_SYN_RECV), or undefined where there is none. */
export function tcpStateOf(code: number): TcpState | undefined {
  return TCP_STATES[code - 1];
}

/** Every transition that Linux's TCP makes (protocol 6), by the kernel function that makes it. */
const TRANSITIONS: ReadonlyMap<TcpState, ReadonlySet<TcpState>> = new Map<TcpState, ReadonlySet<TcpState>>([
  // tcp_v4_connect, tcp_v6_connect · inet_csk_listen_start · tcp_done twice (rare)
  ['CLOSE', new Set<TcpState>(['SYN_SENT', 'LISTEN', 'CLOSE'])],
  // inet_csk_clone_lock: a new child · __tcp_close, tcp_disconnect, tcp_abort
  ['LISTEN', new Set<TcpState>(['SYN_RECV', 'CLOSE'])],
  // tcp_finish_connect · simultaneous open · tcp_reset, tcp_write_err, tcp_close_state, tcp_v4_err
  ['SYN_SENT', new Set<TcpState>(['ESTABLISHED', 'SYN_RECV', 'CLOSE'])],
  // tcp_rcv_state_process · tcp_close_state · tcp_fin (Fast Open) · tcp_reset, tcp_write_err, inet_ehash_nolisten
  ['SYN_RECV', new Set<TcpState>(['ESTABLISHED', 'FIN_WAIT1', 'CLOSE_WAIT', 'CLOSE'])],
  // tcp_close_state · tcp_fin · tcp_reset, tcp_write_err, __tcp_close with unread data, tcp_abort
  ['ESTABLISHED', new Set<TcpState>(['FIN_WAIT1', 'CLOSE_WAIT', 'CLOSE'])],
  // tcp_rcv_state_process · tcp_fin · tcp_reset, tcp_write_err, tcp_out_of_resources · close() after shutdown()
  ['FIN_WAIT1', new Set<TcpState>(['FIN_WAIT2', 'CLOSING', 'CLOSE', 'FIN_WAIT1'])],
  // tcp_time_wait → tcp_done; tcp_reset; tcp_write_err · close() after shutdown()
  ['FIN_WAIT2', new Set<TcpState>(['CLOSE', 'FIN_WAIT2'])],
  ['CLOSING', new Set<TcpState>(['CLOSE', 'CLOSING'])],
  // tcp_close_state · tcp_reset
  ['CLOSE_WAIT', new Set<TcpState>(['LAST_ACK', 'CLOSE'])],
  // tcp_done, tcp_reset, tcp_write_err · close() after shutdown()
  ['LAST_ACK', new Set<TcpState>(['CLOSE', 'LAST_ACK'])],
]);

/** By a transition's key, from × 16 + to in Linux's numbers: 1 where Linux's TCP can make it, 2 more where it begins a life. */
const KNOWN = new Uint8Array(256);
const POSSIBLE = 1;
const BEGINS = 2;
for (const [from, tos] of TRANSITIONS) for (const to of tos) KNOWN[keyOf(from, to)] = POSSIBLE;
for (const key of [keyOf('CLOSE', 'SYN_SENT'), keyOf('CLOSE', 'LISTEN'), keyOf('LISTEN', 'SYN_RECV')]) KNOWN[key] = POSSIBLE | BEGINS;

/** One number for a transition: from × 16 + to, in Linux's numbers. */
export function keyOf(from: TcpState, to: TcpState): number {
  return (TCP_STATES.indexOf(from) + 1) * 16 + TCP_STATES.indexOf(to) + 1;
}

/** Whether Linux's TCP can make this transition at all. False means a kernel bug, a corrupted record or another protocol. */
export function isPossible(key: number): boolean {
  return ((KNOWN[key] ?? 0) & POSSIBLE) !== 0;
}

/** Whether this transition begins a life: a new incarnation of a socket, whatever its skaddr was before. */
export function beginsLife(key: number): boolean {
  return ((KNOWN[key] ?? 0) & BEGINS) !== 0;
}
