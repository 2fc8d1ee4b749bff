import type { FourTuple } from './four-tuple.ts';
import type { TcpState } from './tcp-state.ts';

/** What one line of bpftrace says, before anything is known about it. `ns` is bpftrace's clock, not yet CLOCK_MONOTONIC. */
export type KernelRecord =
  | StateRecord
  | RetransmitRecord
  | ResetRecord
  | DropRecord
  | SocketErrorRecord
  | NeighbourRecord
  | TimeWaitRecord
  | HeartbeatRecord
  | TurnRecord
  | TierRecord
  | CounterRecord
  | LostRecord;

/**
 * Which entry of which in-kernel counter counted this record. `key` is from × 16 + to for state, the direction's number for reset, the
 * reason for drop, and 0 where a counter has one entry only.
 */
interface Counted {
  readonly stream: Stream;
  readonly key: number;
}

/** Addresses are canonical: v4-mapped ones are already IPv4. */
interface OfSocket extends FourTuple, Counted {
  readonly ns: number;
  /** Low 52 bits of the kernel's pointer; 0 where there is no socket. */
  readonly skaddr: number;
  /** Null where the script could not tell. */
  readonly netns: number | null;
}

export interface StateRecord extends OfSocket {
  readonly type: 'state';
  readonly from: TcpState;
  readonly to: TcpState;
  readonly sndUna: number | null;
  readonly sndNxt: number | null;
  readonly rcvNxt: number | null;
  readonly srttUs: number | null;
  readonly retransmits: number | null;
  /** sk_err: errno or 0. */
  readonly err: number | null;
  /** SOCK_DONE: the peer's FIN was processed. */
  readonly finReceived: boolean | null;
  /** The process that held the socket's lock; null in softirq. */
  readonly pid: number | null;
  readonly comm: string | null;
}

export interface RetransmitRecord extends OfSocket {
  readonly type: 'retransmit';
  /** True for a SYN-ACK, which a listener's request socket sends. */
  readonly synack: boolean;
  readonly state: TcpState;
  readonly seqStart: number;
  readonly seqEnd: number;
  readonly flags: number;
  readonly retransmits: number;
  /** enum tcp_ca_state. */
  readonly caState: number;
  /** Negative errno, 0, or null where this kernel does not say. */
  readonly err: number | null;
}

export interface ResetRecord extends OfSocket {
  readonly type: 'reset';
  readonly direction: 'sent' | 'received';
  /** Whether it answers a segment rather than being the socket's own wish. */
  readonly answers: boolean;
  readonly state: TcpState | null;
  readonly reason: number | null;
}

export interface DropRecord extends OfSocket {
  readonly type: 'drop';
  readonly direction: 'received' | 'sending';
  readonly state: TcpState | null;
  readonly reason: number;
  readonly segSeq: number;
  readonly segAck: number;
  readonly segFlags: number;
}

export interface SocketErrorRecord extends FourTuple, Counted {
  readonly type: 'socket-error';
  readonly ns: number;
  readonly errno: number;
}

/** A mini-socket, as the kernel itself tells of it where kprobes attach. */
export interface TimeWaitRecord extends FourTuple, Counted {
  readonly type: 'time-wait';
  readonly ns: number;
  readonly netns: number | null;
  /** `refused`: none was made, for there are tcp_max_tw_buckets already. */
  readonly what: 'born' | 'restarted' | 'gone' | 'refused';
  /** Null for one that was refused. */
  readonly phase: 'time-wait' | 'fin-wait2' | null;
}

export interface NeighbourRecord extends Counted {
  readonly type: 'neighbour';
  readonly ns: number;
  readonly address: string;
  readonly device: string;
  /** `02:0c:56:6a:99:e9`; null where the kernel gave none. */
  readonly newLink: string | null;
  readonly oldLink: string | null;
  readonly failed: boolean;
}

/** bpftrace is alive. */
export interface HeartbeatRecord {
  readonly type: 'heartbeat';
  readonly ns: number;
}

/** What waited in the kernel has been printed, and with it all that was left there before `ns`. */
export interface TurnRecord {
  readonly type: 'turn';
  readonly ns: number;
}

/** The kernel side has stepped down or up: from now on it tells one socket in `share`, and counts the others. 1 is every socket. */
export interface TierRecord {
  readonly type: 'tier';
  readonly ns: number;
  readonly share: number;
}

/** One entry of an in-kernel counter, since bpftrace was started: what the kernel told of this kind, or counted without telling (`shed`). */
export interface CounterRecord {
  readonly type: 'counter';
  readonly stream: Stream;
  readonly key: number;
  readonly shed: boolean;
  readonly count: number;
}

/** bpftrace said that it lost events. */
export interface LostRecord {
  readonly type: 'lost';
  readonly count: number;
}

/** The in-kernel counters, by the names of their maps. */
export const STREAMS = ['state', 'retransmit', 'synack', 'reset', 'drop', 'error', 'neighbour', 'timewait'] as const;
export type Stream = (typeof STREAMS)[number];
