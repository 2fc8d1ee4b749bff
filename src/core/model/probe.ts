import type { Cause, Stage } from './cause.ts';
import type { SocketView } from './socket-view.ts';
import type { ProbeProtocol } from './target.ts';
import type { TcpState } from './tcp-state.ts';

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

/** `new`: not a single answer and not a single miss yet. */
export type Health = 'new' | 'healthy' | 'jittering' | 'weak' | 'dead';

/** How a target stands after an attempt. */
export interface ProbeStanding {
  readonly health: Health;
  readonly suspect: boolean;
  /** In a row. */
  readonly misses: number;
}

/** A segment that the kernel sent again. */
export interface Resent {
  readonly ns: number;
  readonly what: 'syn' | 'synack' | 'data' | 'fin';
  /** What made the kernel send it, as in a `retransmit` event. */
  readonly timer: 'rto' | 'fast' | 'tlp' | 'unknown';
  readonly backoff: number;
}

/** An RST of the attempt's socket. */
export interface ResetSeen {
  readonly ns: number;
  readonly direction: 'sent' | 'received';
  /** This kernel's name for the reason; null where it gives none. */
  readonly reason: string | null;
}

/**
 * What the kernel saw of an attempt's socket. Times are CLOCK_MONOTONIC ns, and null where it did not happen within the attempt, or where
 * this kernel or hook cannot tell: on a pooled connection the handshake, for example, belongs to an earlier attempt.
 */
export interface KernelLane {
  readonly synSentNs: number | null;
  readonly establishedNs: number | null;
  /** No hook here tells the first segment with data, so always null; nothing is guessed. */
  readonly firstByteNs: number | null;
  /** Our FIN: FIN_WAIT1 or LAST_ACK. */
  readonly finSentNs: number | null;
  /** The far end's FIN while ours was not acknowledged yet: CLOSE_WAIT or CLOSING. One that comes later shows as TIME_WAIT. */
  readonly finReceivedNs: number | null;
  /** The full socket is gone (CLOSE). */
  readonly closedNs: number | null;
  /** TIME_WAIT was entered; inferred, as Linux does not tell. */
  readonly timeWaitNs: number | null;
  /** Nothing is left of it: CLOSE without TIME_WAIT, or TIME_WAIT's end. */
  readonly goneNs: number | null;
  /** The state it was in when this was told. */
  readonly state: TcpState | null;
  /** Within the attempt, up to its answer. */
  readonly synRetransmits: number;
  readonly dataRetransmits: number;
  /** Every segment sent again, a FIN too, oldest first; the newest 64. */
  readonly resent: readonly Resent[];
  readonly resets: readonly ResetSeen[];
  /** Whether all that was sent had been acknowledged when the socket was closed. */
  readonly allAcknowledged: boolean | null;
  /** Name of the error that the kernel told the socket. */
  readonly error: string | null;
}

/** Who answered the SYN. `nobody` is silence as far as it was seen. */
export type Responder = 'syn-ack' | 'rst' | 'icmp' | 'this machine' | 'nobody';

/**
 * Where the application and the kernel believe different things. `false-alive`: connected by all that the kernel says, and nobody answers.
 * `false-dead`: given up by the application while the kernel was connected. `masked-loss`: fine for the application, sent again by the
 * kernel. `lingering`: over for the application, alive in the kernel.
 */
export const MISMATCHES = ['false-alive', 'false-dead', 'masked-loss', 'lingering'] as const;
export type Mismatch = (typeof MISMATCHES)[number];

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

/** What a piece of a phase's time went to. `unknown`: the kernel's side is missing, so the pieces cannot be told apart. */
export const DRIFT_CAUSES = [
  'event-loop',
  'gc',
  'network',
  'syn-retransmission',
  'data-retransmission',
  'tls',
  'application',
  'unknown',
] as const;
export type DriftCause = (typeof DRIFT_CAUSES)[number];

/** A piece of a phase. */
export interface DriftPart {
  readonly cause: DriftCause;
  /** `before`: before the kernel's own span began (the system call); `after`: after it ended, until the application noticed. */
  readonly when: 'before' | 'during' | 'after';
  readonly ns: number;
  /** Retransmissions or collections; 1 for everything else. */
  readonly count: number;
}

export const PHASES = ['connect', 'tls', 'request', 'close'] as const;
export type Phase = (typeof PHASES)[number];

/** One phase of an attempt, application beside kernel. The parts' sum is the application's span, to the nanosecond. */
export interface PhaseDrift {
  readonly phase: Phase;
  readonly fromNs: number;
  readonly applicationNs: number;
  /** The kernel's own span of it; null where it has none, or none was seen. */
  readonly kernelNs: number | null;
  /** What the application measured beyond the kernel's span; null where that is not known. */
  readonly driftNs: number | null;
  /** What most of the drift went to; null where there is next to none. */
  readonly cause: DriftCause | null;
  readonly parts: readonly DriftPart[];
}

/** Where an attempt's time went. */
export interface Drift {
  /** How far the kernel's times may be off against the application's, ns; null where nothing was compared. */
  readonly errorNs: number | null;
  readonly phases: readonly PhaseDrift[];
}
