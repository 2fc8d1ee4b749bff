import type { Finding } from './finding.ts';
import type { Owner } from './owner.ts';
import type { Drift, KernelLane, ProbeAttempt, ProbeStanding, Verdict } from './probe.ts';
import type { Stream } from './record.ts';
import type { TcpState } from './tcp-state.ts';

/**
 * What the core says happened. The wire form of each (NDJSON, WebSocket) is printed and described in `src/formats/event.ts`.
 *
 * Times: `ns` is CLOCK_MONOTONIC in nanoseconds, `wallUs` the same moment in microseconds since 1970. Both are doubles: exact to
 * 104 days of uptime and to 16 ns after three years, far below the error of calibrating bpftrace's clock.
 */
export interface Stamp {
  readonly seq: number;
  readonly ns: number;
  readonly wallUs: number;
}

/** The socket an event is about. Every field is null where it is not known; nothing is guessed. */
export interface SocketRef {
  /** One incarnation of a socket, numbered from 1 in each run; null where no tracked socket matches. */
  readonly sock: number | null;
  /** Inode number of the network namespace. */
  readonly netns: number | null;
  readonly family: 4 | 6;
  readonly laddr: string;
  readonly lport: number;
  readonly raddr: string;
  readonly rport: number;
  /** Owner, from a transition made while a process held the socket's lock; never softirq's bystander. */
  readonly pid: number | null;
  readonly comm: string | null;
  /** Which of our own probes owns the socket: its id, `canary` for the readiness connection, else null. */
  readonly probe: string | null;
  /** Where that process runs; null where that is not known (yet). */
  readonly owner: Owner | null;
  /** The network namespace's name under /run/netns; null where it has none. */
  readonly netnsName: string | null;
}

/** How a socket's life came to be known: `active` connected, `passive` was accepted or listens, `seeded` was there before us. */
export type Origin = 'active' | 'passive' | 'seeded';

/**
 * `impossible`: Linux's TCP cannot make this transition. `discontinuity`: possible, but `from` is not the state we last saw this
 * socket in, so at least one transition of it was not seen.
 */
export type StateAnomaly = 'impossible' | 'discontinuity';

/** A socket changed TCP state, as the kernel saw it. Never TIME_WAIT, see {@link TimeWaitEvent}. */
export interface StateEvent extends Stamp, SocketRef {
  readonly kind: 'state';
  readonly from: TcpState;
  readonly to: TcpState;
  /** Time spent in `from`, µs; null where its start was not seen. */
  readonly dwellUs: number | null;
  /** tcp_sock.snd_una, snd_nxt, rcv_nxt; null without BTF. */
  readonly sndUna: number | null;
  readonly sndNxt: number | null;
  readonly rcvNxt: number | null;
  /** Smoothed round-trip time, µs; null without BTF or before the first measurement. */
  readonly srttUs: number | null;
  /** icsk_retransmits: RTO retransmissions in a row that were not acknowledged. */
  readonly retransmits: number | null;
  readonly origin: Origin | null;
  readonly anomaly: StateAnomaly | null;
}

/** A four-tuple entered or left TIME_WAIT (RFC 9293 §3.6.1). No tracepoint tells either: only where kprobes attach is it not inferred. */
export interface TimeWaitEvent extends Stamp, SocketRef {
  readonly kind: 'time-wait';
  readonly phase: 'enter' | 'leave';
  /** False where the kernel's own functions told it. */
  readonly inferred: boolean;
  /** The socket that took the four-tuple over while it was in TIME_WAIT; null for expiry and for `enter`. */
  readonly reusedBy: number | null;
}

/** The kernel sent a segment again. */
export interface RetransmitEvent extends Stamp, SocketRef {
  readonly kind: 'retransmit';
  readonly what: 'syn' | 'synack' | 'data' | 'fin';
  /** What made the kernel send it: the retransmission timer, fast recovery, a tail loss probe (RFC 8985 §7). */
  readonly timer: 'rto' | 'fast' | 'tlp' | 'unknown';
  /** Timer expiries in a row so far, this one included. */
  readonly backoff: number;
  readonly state: TcpState;
  /** First sequence number, and the one after the last. */
  readonly seqStart: number | null;
  readonly seqEnd: number | null;
  /** Errno name where the segment never left (the earlier copy still queued: EBUSY), else null. */
  readonly error: string | null;
}

/** An RST left or was accepted. Received ones also fire without an RST on the wire (data after close, user timeout). */
export interface ResetEvent extends Stamp, SocketRef {
  readonly kind: 'reset';
  readonly direction: 'sent' | 'received';
  /** The socket's state at that moment; null where the reset answers for no socket. */
  readonly state: TcpState | null;
  /** This kernel's name of enum sk_rst_reason without its prefix; null on kernels that give none. */
  readonly reason: string | null;
}

/** The kernel dropped a TCP segment (skb:kfree_skb). */
export interface DropEvent extends Stamp, SocketRef {
  readonly kind: 'drop';
  /** This kernel's name of enum skb_drop_reason without its prefix. */
  readonly reason: string;
  readonly direction: 'received' | 'sending';
  /** State of the socket that refused it; null where no socket was found. */
  readonly state: TcpState | null;
  /** From the segment's header. */
  readonly segSeq: number;
  readonly segAck: number;
  /** TCP header flags byte: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly segFlags: number;
}

/** An error was reported to a TCP socket (sock:inet_sk_error_report). The hook gives no socket: it is matched by four-tuple. */
export interface SocketErrorEvent extends Stamp, SocketRef {
  readonly kind: 'socket-error';
  /** Errno name, for example ETIMEDOUT; the number in text where it has none. */
  readonly errno: string;
}

/** The link-layer address behind an IP address changed, or is known for the first time after being another. */
export interface NeighbourEvent extends Stamp {
  readonly kind: 'neighbour';
  readonly address: string;
  readonly device: string;
  readonly oldLink: string | null;
  readonly newLink: string | null;
}

/**
 * Why something was not seen. `buffer-full`: the kernel had no room and bpftrace said so. `unaccounted`: our exact in-kernel counters
 * are ahead of what arrived. `skipped`: the kernel did not run the program at all. `unseen`: the kernel's own statistics are ahead of
 * the hook, or what sockets did next proves a transition that nobody told. `blind`: no bpftrace was running. `undecodable`: a line that is no record. `suspended`: the machine slept. `unsampled`:
 * what hooks do not tell (sockets from before us, counters, queues, settings) could not be read, or inputs were not kept. `shed`: counted in the kernel and not told, because there were too many.
 * `slow-reader`: who reads our output was too slow; `shed` says how many.
 */
export type GapCause =
  | 'buffer-full'
  | 'unaccounted'
  | 'skipped'
  | 'unseen'
  | 'blind'
  | 'undecodable'
  | 'suspended'
  | 'unsampled'
  | 'shed'
  | 'slow-reader';

/** Known loss. Silence and blindness must look different. */
export interface GapEvent extends Stamp {
  readonly kind: 'gap';
  readonly cause: GapCause;
  /** Records lost; null where nobody can know. */
  readonly lost: number | null;
  /** Records not sent on purpose, to bound cost. */
  readonly shed: number;
  /** The time in which they were lost, CLOCK_MONOTONIC ns. */
  readonly fromNs: number;
  readonly toNs: number;
  /** What was lost, where that is known: a record's name and, for state, its transition; for example `state ESTABLISHED→CLOSE`. */
  readonly what: string | null;
  /** All of it, where the kernel's counters tell: the largest first. */
  readonly parts: readonly GapPart[];
}

/** Records of one kind that are missing or were shed. */
export interface GapPart {
  readonly record: Stream;
  /** Null for records that are no transitions. */
  readonly from: TcpState | null;
  readonly to: TcpState | null;
  readonly count: number;
}

/** The kernel side has stepped down or up, because of the rate of transitions. */
export interface TierEvent extends Stamp {
  readonly kind: 'tier';
  /** From now on one socket in so many is told one by one, whole lives long; all others are counted. 1 is every socket. */
  readonly share: number;
  /** What it was until now. */
  readonly before: number;
}

/**
 * One attempt of one of our own probes, its application's lane beside its kernel's. `ns` is when it was called for: it comes later than
 * the kernel's events of the same socket.
 */
export interface ProbeEvent extends Stamp {
  readonly kind: 'probe';
  /**
   * Null: the attempt. `lingering`: the same attempt told again, because its socket has outlived it; `gone`: that socket has ended now.
   * Whoever counts attempts counts those with null.
   */
  readonly update: 'lingering' | 'gone' | null;
  readonly attempt: ProbeAttempt;
  readonly standing: ProbeStanding;
  /** The socket's number, and its namespace; null where the two are not joined. */
  readonly sock: number | null;
  readonly netns: number | null;
  readonly kernel: KernelLane | null;
  /** Why `kernel` is null, in words; null where it is not. */
  readonly unseen: string | null;
  readonly verdict: Verdict;
  readonly drift: Drift;
}

/** A detector says what is wrong, on what evidence; or that it is over. */
export interface FindingEvent extends Stamp, Finding {
  readonly kind: 'finding';
}

export type Event =
  | ProbeEvent
  | TierEvent
  | StateEvent
  | TimeWaitEvent
  | RetransmitEvent
  | ResetEvent
  | DropEvent
  | SocketErrorEvent
  | NeighbourEvent
  | GapEvent
  | FindingEvent;

export type EventKind = Event['kind'];

export const EVENT_KINDS = [
  'state',
  'time-wait',
  'retransmit',
  'reset',
  'drop',
  'socket-error',
  'neighbour',
  'probe',
  'tier',
  'gap',
  'finding',
] as const satisfies readonly EventKind[];
