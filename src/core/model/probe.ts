import type { Cause, Stage } from './cause.ts';
import type { SocketView } from './socket-view.ts';
import type { ProbeProtocol } from './target.ts';

/**
 * The moments of one attempt as the application sees them, in the order in which they can come. `submitted`: the connect() system call is
 * behind us (Node makes it on a later tick than it was asked). `connected` is null where Fast Open let connect() return before any SYN was sent. `firstWrite` and `firstByte` are the application's own, after TLS.
 */
export const MOMENTS = [
  'called',
  'lookupStarted',
  'lookupEnded',
  'connectCalled',
  'submitted',
  'connected',
  'secured',
  'firstWrite',
  'firstByte',
  'done',
  'closeCalled',
  'closed',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** CLOCK_MONOTONIC in nanoseconds, as doubles (see {@link import('./event.ts').Stamp}); null where it was not reached. */
export type Moments = Readonly<Record<Moment, number | null>>;

/** The probing process's event loop did not turn: from when it was last seen free, or a turn was due, until it came. */
export interface LoopStall {
  readonly fromNs: number;
  readonly toNs: number;
  /** How much of it the loop ran JavaScript; the rest the process was not scheduled, or garbage was collected in between. */
  readonly busyNs: number;
}

/** The garbage collector held this thread. */
export interface GcPause {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The event loop around one attempt. */
export interface LoopView {
  /** When the loop last turned before connect was called. */
  readonly lastFreeNs: number;
  /** How overdue its next turn was at that moment. */
  readonly lagNs: number;
  /** Those that overlap the attempt, oldest first. */
  readonly stalls: readonly LoopStall[];
  readonly gcPauses: readonly GcPause[];
}

/** Where in the attempt something went wrong. */
export type During = 'lookup' | 'connect' | 'tls' | 'request' | 'answer';

/** Why an attempt is not alive, as far as the application can tell. */
export interface Failure {
  readonly cause: Cause;
  readonly during: During;
  /** Errno or library code (ECONNRESET, CERT_HAS_EXPIRED); null where there is none. */
  readonly code: string | null;
  /** One sentence. Text from the far end in it is not yet made visible. */
  readonly words: string;
}

/** What TLS agreed on. */
export interface TlsView {
  readonly version: string;
  readonly cipher: string;
  /** Common name, or the first alternative name; null where there is neither. */
  readonly subject: string | null;
  readonly issuer: string | null;
  /** RFC 3339; null where the certificate gives none. */
  readonly validTo: string | null;
  /** What is wrong with the certificate, also where that was accepted; null for nothing. */
  readonly fault: string | null;
}

/** A pooled connection that an attempt found open, or opened. */
export interface PooledView {
  /** Whether the connection was there before. */
  readonly reused: boolean;
  readonly openedNs: number;
  /** Heartbeats sent on it, this one included. */
  readonly beat: number;
  /** Why the one before was given up; null where there was none or it is still this one. */
  readonly replaced: string | null;
}

/** One attempt: one socket, one conversation, everything the application knows of it. */
export interface ProbeAttempt {
  /** The target's name. */
  readonly target: string;
  readonly protocol: ProbeProtocol;
  /** Numbered from 1 for each target. */
  readonly attempt: number;
  /** `compensating`: sent at once because two in a row missed. */
  readonly reason: 'scheduled' | 'compensating';
  /** X-Request-ID; the same for an attempt and those that retry it. */
  readonly requestId: string;
  /** When it should have started; the difference to `called` is the scheduler's error. */
  readonly plannedNs: number;
  /** Wall time of `called`, µs since 1970. */
  readonly wallUs: number;
  readonly timeoutMs: number;
  readonly moments: Moments;
  readonly loop: LoopView;
  /** All that the name resolves to, in the resolver's order; the first of the wanted family is used. */
  readonly addresses: readonly string[];
  readonly laddr: string | null;
  readonly lport: number | null;
  readonly raddr: string | null;
  readonly rport: number;
  /** On the wire, TLS included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly tls: TlsView | null;
  readonly pooled: PooledView | null;
  /** The socket as the kernel describes it to its owner; null where none was opened. */
  readonly socket: SocketView | null;
  /** The application's answer in words; null where there was none. Text from the far end in it is not yet made visible. */
  readonly answer: string | null;
  /** Null: alive. */
  readonly failure: Failure | null;
}

/** What the kernel saw of an attempt's socket, once the two are joined. Null where this kernel or hook cannot tell. */
export interface KernelLane {
  readonly synSentNs: number | null;
  readonly establishedNs: number | null;
  readonly synRetransmits: number;
  readonly dataRetransmits: number;
  /** Whether all that was sent had been acknowledged when the attempt ended. */
  readonly allAcknowledged: boolean | null;
  /** Name of the error that the kernel told the socket. */
  readonly error: string | null;
}

/** Who answered the SYN. `nobody` is silence as far as it was seen. */
export type Responder = 'syn-ack' | 'rst' | 'icmp' | 'this machine' | 'nobody';

/** Where the application believed something else than the kernel knew. */
export type Mismatch = 'false-dead' | 'masked-loss';

/** The three-stage verdict on one attempt. */
export interface Verdict {
  readonly alive: boolean;
  /** Null: not reached, so not known. */
  readonly stages: Readonly<Record<Stage, boolean | null>>;
  /** Null where the SYN was never sent. */
  readonly responder: Responder | null;
  readonly cause: Cause | null;
  /** What the same signs may also mean, and only the kernel's side can tell apart. */
  readonly couldBe: readonly Cause[];
  readonly mismatch: Mismatch | null;
}
