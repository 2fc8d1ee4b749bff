import type { TcpState } from './tcp-state.ts';

/** Options of a probe's own socket that are asked for or read back; tcp(7), socket(7). */
export const SOCKET_OPTIONS = [
  'SO_KEEPALIVE',
  'TCP_KEEPIDLE',
  'TCP_KEEPINTVL',
  'TCP_KEEPCNT',
  'TCP_USER_TIMEOUT',
  'TCP_FASTOPEN_CONNECT',
] as const;
export type SocketOptionName = (typeof SOCKET_OPTIONS)[number];

/** One option and what came of it. Units are the kernel's: s for keep-alive, ms for the user timeout. */
export interface SocketOption {
  readonly name: SocketOptionName;
  /** Null where nobody asked for a value and Node chose one. */
  readonly asked: number | null;
  /** What the kernel says it is (getsockopt); null where it is not in force, or nobody can ask. */
  readonly applied: number | null;
  /** Why it is not in force, or cannot be read; null where all is well. */
  readonly why: string | null;
}

/** What a socket's handshake agreed on and did, by TCP_INFO's bits (TCPI_OPT_…, include/uapi/linux/tcp.h). */
export const TCP_OPTIONS = ['timestamps', 'sack', 'wscale', 'ecn', 'ecn-seen', 'syn-data', 'usec-timestamps', 'fast-open-child'] as const;
export type TcpOption = (typeof TCP_OPTIONS)[number];

/** TCP_INFO of a probe's own socket at the end of an attempt. Null: this kernel does not tell. */
export interface SocketInfo {
  readonly state: TcpState;
  readonly options: readonly TcpOption[];
  /** Smoothed round-trip time and its variation; null before the first sample. */
  readonly rttUs: number | null;
  readonly rttVarUs: number | null;
  readonly minRttUs: number | null;
  /** Segments sent again in this attempt, SYNs included. */
  readonly retransmits: number | null;
  /** Segments sent and not yet acknowledged. */
  readonly unacked: number;
  readonly segsOut: number | null;
  readonly segsIn: number | null;
}

/** What became of a wish for TCP Fast Open (RFC 7413). `answered`: whether a SYN-ACK must have come; null: not to be known by this. */
export const FAST_OPENS = {
  carried: { answered: true, words: 'the request went out in the SYN, and the SYN-ACK acknowledged it' },
  'cookie-asked': { answered: null, words: 'no cookie was known for this server: an ordinary handshake, which asks for one' },
  'no-cookie': {
    answered: null,
    words:
      'an ordinary handshake: a cookie was asked for before and did not come; the server gives none, or something on the way takes it out',
  },
  'not-acknowledged': {
    answered: true,
    words: 'the request went out in the SYN; the SYN-ACK did not acknowledge it, and it was sent again',
  },
  'syn-lost': {
    answered: true,
    words: 'the SYN that carried the request was lost, and one without was answered: something on the way may swallow SYNs with data',
  },
  'held-back': {
    answered: null,
    words: 'the kernel holds Fast Open back: it has met a path that swallows such connections (black-holing)',
  },
  unanswered: { answered: false, words: 'the request went out in the SYN, and no SYN-ACK came' },
  'not-sent': { answered: false, words: 'a cookie was there, and nothing was sent: Fast Open sends no SYN before the first write' },
  'not-tried': { answered: null, words: 'not tried' },
} as const satisfies Record<string, { answered: boolean | null; words: string }>;
export type FastOpenOutcome = keyof typeof FAST_OPENS;

/** The network namespace's own counts and settings of Fast Open; null where this kernel lacks them. */
export interface FastOpenState {
  /** net.ipv4.tcp_fastopen, a bit mask: 1 client, 2 server, 4 client without cookie, … */
  readonly setting: number | null;
  /** SYNs of this side whose data was acknowledged, and those that failed. */
  readonly active: number | null;
  readonly activeFail: number | null;
  /** How often the kernel met a black hole, and for how long at first it then holds Fast Open back, s; 0 is never. */
  readonly blackhole: number | null;
  readonly blackholeTimeoutS: number | null;
}

export interface FastOpenView {
  readonly outcome: FastOpenOutcome;
  /** Why it was not tried; null where it was. */
  readonly why: string | null;
  /** Read where the SYN carried nothing that was acknowledged; null elsewhere. */
  readonly state: FastOpenState | null;
}

/** A probe's own socket as the kernel describes it to its owner. */
export interface SocketView {
  /** Those that were asked for when it was opened. */
  readonly options: readonly SocketOption[];
  /** Null where it was not wanted, or the connection was there before. */
  readonly fastOpen: FastOpenView | null;
  readonly info: SocketInfo | null;
  /** Why `info` is null; null where it is not. */
  readonly why: string | null;
}
