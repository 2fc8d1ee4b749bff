import type { FourTuple } from './four-tuple.ts';
import type { Hook } from './hook.ts';
import type { Owner } from './owner.ts';
import type { ProbeAttempt, ProbeStanding } from './probe.ts';
import type { TcpState } from './tcp-state.ts';

/**
 * Everything the core can learn. It has no clock and no I/O of its own, so a list of Inputs is a whole run: replaying it gives the
 * same events again. `atNs` is CLOCK_MONOTONIC nanoseconds at the moment the input was taken.
 */
export type Input =
  | StartInput
  | KernelUpInput
  | KernelInput
  | KernelDownInput
  | LostInput
  | SkippedInput
  | CanaryInput
  | SocketsInput
  | CountersInput
  | QueuesInput
  | SysctlsInput
  | UnsampledInput
  | DialledInput
  | ProbeInput
  | OwnersInput
  | NamespacesInput
  | TickInput;

/** What was looked at rather than told: held against exactly the events that came before it. */
export type SampleInput = SocketsInput | CountersInput | QueuesInput | SysctlsInput;

export function isSample(input: { readonly type: string }): input is SampleInput {
  return input.type === 'sockets' || input.type === 'counters' || input.type === 'queues' || input.type === 'sysctls';
}

/** The first input of a run: what stays as it is. */
export interface StartInput {
  readonly type: 'start';
  readonly atNs: number;
  readonly wallUs: number;
  readonly host: string;
  readonly kernel: string;
  /** The observer's own network namespace. */
  readonly netns: number;
  /** This kernel's names for drop and reset reasons, by number, without their prefixes. */
  readonly dropReasons: Readonly<Record<number, string>>;
  readonly resetReasons: Readonly<Record<number, string>>;
  /** Port of the listener that canary connections go to, in `netns`, on both of {@link CANARY}. */
  readonly canaryPort: number;
  /** The observing process's own id, as the kernel side tells it: whoever probes from it is known by it. Null, or left out by older recordings, where that is not known. */
  readonly pid?: number | null;
  /** Whether owners of sockets are looked up, and told by {@link OwnersInput}; left out by older recordings, which knew no more than pid and comm. */
  readonly owners?: boolean;
}

/** bpftrace was started; its counters begin at zero. */
export interface KernelUpInput {
  readonly type: 'kernel-up';
  readonly atNs: number;
  /** It had been running before what is told here begins, as in a capture of an incident's hour: its counters do not begin at zero. */
  readonly running?: true;
  /** For example `0.17.0`. */
  readonly version: string;
  readonly hooks: readonly Hook[];
}

/** A piece of bpftrace's standard output, one character a byte (latin1), cut anywhere. */
export interface KernelInput {
  readonly type: 'kernel';
  readonly atNs: number;
  readonly text: string;
}

/** bpftrace ended. Until the next canary the kernel is not seen. */
export interface KernelDownInput {
  readonly type: 'kernel-down';
  readonly atNs: number;
  readonly reason: string;
  /** We asked for it: what bpftrace then still holds in its buffers it throws away, so the observation ends with what it had said. */
  readonly asked?: true;
}

/** bpftrace said on stderr that it lost events. */
export interface LostInput {
  readonly type: 'lost';
  readonly atNs: number;
  readonly count: number;
}

/** Sum of `recursion_misses` over our programs: times the kernel skipped one, since bpftrace was started. */
export interface SkippedInput {
  readonly type: 'skipped';
  readonly atNs: number;
  readonly total: number;
}

/** Where canaries go: to `host`, and to `behind` with the word that what the kernel side says is read too late (bpf/sock-state.bt, Budget). */
export const CANARY = { host: '127.0.0.1', behind: '127.0.0.2' } as const;

/**
 * Our own loopback connection. Its SYN_SENT happened between `beforeNs` and `afterNs`, which places bpftrace's clock; once it is seen
 * coming through the kernel, hooks are known to work.
 */
export interface CanaryInput extends FourTuple {
  readonly type: 'canary';
  readonly atNs: number;
  readonly beforeNs: number;
  readonly afterNs: number;
}

/** A socket as `ss` lists it. */
export interface SampledSocket extends FourTuple {
  readonly state: TcpState;
  readonly pid: number | null;
  readonly comm: string | null;
  /** Which of {@link SocketsInput.owners}; only where a recorder tells again what was known. */
  readonly owner?: number;
  /** What is left of the timer of a mini-socket (TIME_WAIT, an orphan's FIN_WAIT2), ms; null for others. */
  readonly remainingMs: number | null;
}

/** All TCP sockets of one network namespace, listed between `fromNs` and `atNs`. */
export interface SocketsInput {
  readonly type: 'sockets';
  readonly fromNs: number;
  readonly atNs: number;
  /** Null where the hooks cannot tell namespaces: then only the observer's own is sampled, and not told apart. */
  readonly netns: number | null;
  readonly sockets: readonly SampledSocket[];
  /** Those that the sockets name by their place in it. */
  readonly owners?: readonly Owner[];
}

/** The kernel's own statistics of one network namespace: witnesses independent of our hooks. Read between `fromNs` and `atNs`. */
export interface CountersInput {
  readonly type: 'counters';
  /** When reading began: the sums are those of some moment from then to `atNs`. Absent in older recordings. */
  readonly fromNs?: number;
  readonly atNs: number;
  /** As in {@link SocketsInput}. */
  readonly netns: number | null;
  /** /proc/net/sockstat `TCP: tw`: TIME_WAIT and orphaned FIN_WAIT2 mini-sockets now. */
  readonly timeWait: number;
  /** /proc/net/snmp, since the namespace was made. */
  readonly activeOpens: number;
  readonly passiveOpens: number;
  readonly estabResets: number;
  readonly currEstab: number;
  /** The namespaces that exist now; whatever is known of others is over. Null where that was not looked at. */
  readonly alive: readonly number[] | null;
  /** /proc/net/netstat TCPTimeWaitOverflow: sockets that should have entered TIME_WAIT and were destroyed instead. */
  readonly timeWaitOverflow: number;
  /** The namespace came to be since namespaces were looked for before, so all its sums began at zero then. With its first counters only. */
  readonly fresh?: true;
  /** Further sums of /proc/net/netstat since the namespace was made, by the kernel's own names; absent in older recordings. */
  readonly ext?: TcpExt;
}

/** What detectors read of TcpExt. A name that this kernel does not have is absent. */
export const TCP_EXT = [
  ...['ListenOverflows', 'ListenDrops', 'TCPReqQFullDrop', 'TCPReqQFullDoCookies', 'SyncookiesSent', 'SyncookiesRecv'],
  ...['SyncookiesFailed', 'TW', 'TWRecycled', 'TWKilled', 'TCPTimeouts', 'TCPAbortOnTimeout', 'TCPAbortFailed', 'TCPSynRetrans'],
  ...['TCPRetransFail', 'TCPKeepAlive', 'TCPFastOpenActiveFail', 'TCPFastOpenBlackhole', 'TCPFastOpenListenOverflow'],
  ...['PAWSEstab', 'PAWSActive', 'TCPChallengeACK', 'TCPSYNChallenge', 'TCPACKSkippedSeq', 'TCPACKSkippedPAWS', 'OutOfWindowIcmps'],
] as const;
export type TcpExt = Readonly<Partial<Record<(typeof TCP_EXT)[number], number>>>;

/**
 * What waits in queues of one network namespace: its listeners, and those of its connections that wait for something. Taken more often than
 * all sockets are listed; a part that was not looked at is null.
 */
export interface QueuesInput {
  readonly type: 'queues';
  readonly fromNs: number;
  readonly atNs: number;
  /** As in {@link SocketsInput}. */
  readonly netns: number | null;
  readonly listeners: readonly ListenerSample[] | null;
  /** Connections with data unread or unacknowledged, a timer, or no owner yet; the others are all right, or idle. */
  readonly waiting: readonly WaitingSample[] | null;
  /** Connections that waited and are beyond those listed. */
  readonly leftOut: number;
}

export interface ListenerSample {
  readonly laddr: string;
  readonly lport: number;
  /** Connections that wait for accept(): `Recv-Q` of `ss`. The queue is full where this is above `backlog`. */
  readonly waiting: number;
  /** listen()'s backlog as the kernel took it, at most somaxconn: `Send-Q` of `ss`. */
  readonly backlog: number;
}

/** Which timer of a socket runs: `on` is retransmission, `persist` zero-window probes. */
export type TimerKind = 'on' | 'keepalive' | 'timewait' | 'persist' | 'unknown';

export interface WaitingSample extends FourTuple {
  readonly state: TcpState;
  /** Bytes unread by the application, and bytes not acknowledged by the peer. */
  readonly recvQ: number;
  readonly sendQ: number;
  /** False where no process has accepted it yet (inode 0), or none holds it any more. */
  readonly owned: boolean;
  readonly timer: { readonly kind: TimerKind; readonly ms: number; readonly backoff: number } | null;
  /** struct tcp_info; null where `ss` gave none, and a field is null where this kernel or `ss` leaves it out (then mostly 0). */
  readonly info: TcpInfoSample | null;
}

/** Times in ms, counts since the socket's beginning but for `backoff` and `retrans`, which are of now. */
export interface TcpInfoSample {
  readonly unacked: number;
  readonly backoff: number;
  readonly retrans: number;
  readonly retransTotal: number;
  readonly segsIn: number | null;
  readonly segsOut: number | null;
  readonly lastSndMs: number | null;
  readonly lastRcvMs: number | null;
  readonly lastAckMs: number | null;
  readonly notSent: number;
  readonly rtoMs: number | null;
  readonly rttMs: number | null;
}

/** Settings of one network namespace that findings are judged by: at the start, and again when one has changed. */
export interface SysctlsInput {
  readonly type: 'sysctls';
  readonly atNs: number;
  /** As in {@link SocketsInput}. */
  readonly netns: number | null;
  /** By name without `net.`, for example `ipv4.tcp_tw_reuse`; white space within a value is one space. */
  readonly values: Readonly<Partial<Record<string, string>>>;
}

/** Something that should have been sampled could not be; told once for each reason. */
export interface UnsampledInput {
  readonly type: 'unsampled';
  readonly atNs: number;
  readonly why: string;
}

/** One of our own probes has asked for a connection; `atNs` is when its local port was known, right behind the system call. */
export interface DialledInput extends FourTuple {
  readonly type: 'dialled';
  readonly atNs: number;
  /** The target's name. */
  readonly target: string;
  readonly attempt: number;
}

/** One of our own probes has ended an attempt. */
export interface ProbeInput {
  readonly type: 'probe';
  readonly atNs: number;
  readonly attempt: ProbeAttempt;
  readonly standing: ProbeStanding;
}

/** What /proc showed of processes that were told with a socket; `atNs` is before it was read. Each pid stands in one list. */
export interface OwnersInput {
  readonly type: 'owners';
  readonly atNs: number;
  /** Processes not told before: a pid alone is none, for it is reused. */
  readonly found: readonly {
    /** CLOCK_MONOTONIC; at most 20 ms before the real start, never after it. */
    readonly startedNs: number;
    /** When it was seen last, where that is not `atNs`: a recorder tells again what was known. */
    readonly seenNs?: number;
    readonly owner: Owner;
  }[];
  /** Pids that belong to the process told last. */
  readonly still: readonly number[];
  /** Pids that no process has. */
  readonly gone: readonly number[];
  /** Pids of processes that /proc hides from us. */
  readonly hidden: readonly number[];
  /** Not looked at: too many were new at once. */
  readonly unread: readonly number[];
}

/** The names of network namespaces (`ip netns add NAME`), all there are: at the start, and again when one has changed. */
export interface NamespacesInput {
  readonly type: 'namespaces';
  readonly atNs: number;
  readonly names: readonly { readonly netns: number; readonly name: string }[];
}

/** Time passes, also where nothing happens. */
export interface TickInput {
  readonly type: 'tick';
  readonly atNs: number;
  readonly wallUs: number;
}
