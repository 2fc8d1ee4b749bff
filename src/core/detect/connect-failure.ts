import type { ConnectFailureThresholds } from '../model/connection-thresholds.ts';
import type { ProbeEvent, ResetEvent, RetransmitEvent, SocketErrorEvent, StateEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { ByDestination } from './by-destination.ts';
import { type ConnectCause, type Failing, tellFailing } from './connect-words.ts';
import type { Detector, Observed } from './detector.ts';
import type { Findings } from './findings.ts';
import type { Told } from './standing.ts';

/** One destination of a namespace. */
interface Destination {
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
  pid: number | null;
  comm: string | null;
  /** Attempts that came to an end in this window, and in the one before. */
  windowNs: number;
  tried: number;
  failed: number;
  triedBefore: number;
  failedBefore: number;
  byCause: Record<ConnectCause, number>;
  cause: ConnectCause;
  seqs: number[];
  /** The first failure since the last success; NaN where there is none. */
  sinceNs: number;
  failedNs: number;
  connectedNs: number;
  /** SYNs that wait for an answer and were sent again, by socket. */
  readonly waiting: Map<number, { readonly sinceNs: number; timeouts: number }>;
}

/** An attempt that has ended, whose error may still come. */
interface Ending {
  readonly event: StateEvent;
  readonly reset: boolean;
}

const WINDOW_NS = 10e9;
const DESTINATIONS = 4096;
/** Attempts that are about to be judged, sockets that were reset, waiting SYNs of one destination, at most. */
const ENDINGS = 4096;
const WAITING = 64;
/** An error is reported within microseconds after the socket's end. */
const ERROR_NS = 100e6;
/** A SYN that is answered by ICMP while connect() holds the socket: it ends at once and without a report. */
const AT_ONCE_US = 1000;
/** A SYN is not sent again later than this, ns: whoever waits longer was not seen to end. */
const LAST_NS = 130e9;

/** See {@link ConnectFailure}. */
export function connectFailure(findings: Findings, thresholds: ConnectFailureThresholds): Detector {
  return new ConnectFailure(findings, thresholds);
}

/**
 * Destinations that cannot be connected to, by cause. A refusal is SYN_SENT → CLOSE with a reset; unreachable is the same with an error and no
 * reset, or within a millisecond with neither; silence is a SYN that is sent again. SYN_SENT → CLOSE after a while with none of these is a
 * client that changed its mind, which is no failure.
 */
class ConnectFailure implements Detector {
  readonly kinds = ['state', 'retransmit', 'reset', 'socket-error', 'probe'] as const;
  readonly transitions = { from: ['SYN_SENT'] } as const;
  readonly #findings: Findings;
  readonly #t: ConnectFailureThresholds;
  readonly #destinations = new ByDestination<Destination>(DESTINATIONS);
  readonly #endings = new Map<string, Ending>();
  readonly #reset = new Map<number, true>();
  /** Those that have a finding, or SYNs that wait. */
  readonly #hot = new Set<Destination>();

  constructor(findings: Findings, thresholds: ConnectFailureThresholds) {
    this.#findings = findings;
    this.#t = thresholds;
  }

  onEvent(event: Observed): void {
    if (event.kind === 'state') {
      if (event.from === 'SYN_SENT' && event.probe !== 'canary') this.#onState(event);
    } else if (event.kind === 'retransmit') {
      if (event.what === 'syn') this.#onRetransmit(event);
    } else if (event.kind === 'reset') this.#onReset(event);
    else if (event.kind === 'socket-error') this.#onError(event);
    else if (event.kind === 'probe') this.#onProbe(event);
  }

  onTick(ns: number): void {
    for (const [key, ending] of this.#endings) {
      if (ns - ending.event.ns < ERROR_NS) break;
      this.#endings.delete(key);
      this.#conclude(ending, null);
    }
    for (const one of this.#hot) this.#look(one, ns);
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const one of this.#destinations.values()) {
      if (one.netns === null || alive.has(one.netns)) continue;
      this.#destinations.delete(one);
      this.#hot.delete(one);
      this.#findings.end(keyOf(one), Math.max(one.failedNs, one.connectedNs), 'Its network namespace is gone.');
    }
  }

  #onState(event: StateEvent): void {
    const known = this.#destinations.get(event);
    if (event.sock !== null && event.to !== 'CLOSE' && known !== undefined && known.waiting.size > 0) known.waiting.delete(event.sock);
    if (event.to === 'ESTABLISHED') {
      const one = known ?? this.#of(event);
      this.#count(one, event.ns, false);
      one.connectedNs = event.ns;
      return;
    }
    // Without a port it never was sent: time-wait-buildup's.
    if (event.to !== 'CLOSE' || event.lport === 0) return;
    const reset = event.sock !== null && this.#reset.delete(event.sock);
    const ending = { event, reset };
    if (reset) this.#conclude(ending, 'refused');
    else keepNewest(this.#endings, tupleOf(event), ending, ENDINGS);
  }

  #onReset({ direction, state, sock }: ResetEvent): void {
    if (direction === 'received' && state === 'SYN_SENT' && sock !== null) keepNewest(this.#reset, sock, true, ENDINGS);
  }

  #onError(event: SocketErrorEvent): void {
    const key = tupleOf(event);
    const ending = this.#endings.get(key);
    if (ending === undefined) return;
    this.#endings.delete(key);
    this.#conclude(ending, causeOf(event.errno));
  }

  /** Only our own probes can tell what fails before a SYN is sent. */
  #onProbe({ update, attempt, verdict, netns, seq, ns }: ProbeEvent): void {
    if (update !== null || attempt.raddr === null || verdict.responder !== null) return;
    const { cause } = verdict;
    if (cause !== 'no-route' && cause !== 'forbidden') return;
    const one = this.#of({ netns, raddr: attempt.raddr, rport: attempt.rport, pid: null, comm: null });
    this.#fail(one, cause, ns, seq);
  }

  #onRetransmit(event: RetransmitEvent): void {
    const { sock, ns, backoff, seq, state } = event;
    if (sock === null || state !== 'SYN_SENT') return;
    const one = this.#of(event);
    const waits = one.waiting.get(sock);
    if (waits !== undefined) waits.timeouts = Math.max(backoff, waits.timeouts + 1);
    // The first time-out comes a second after the SYN.
    else if (one.waiting.size < WAITING) one.waiting.set(sock, { sinceNs: ns - 1e9, timeouts: Math.max(1, backoff) });
    one.seqs = [...one.seqs.slice(1 - MAX_LISTED), seq];
    this.#hot.add(one);
    this.#judge(one, ns);
  }

  /** What an attempt that ended without a connection says, once its error has come or will not. */
  #conclude({ event, reset }: Ending, error: ConnectCause | null): void {
    const one = this.#of(event);
    const waits = event.sock === null ? undefined : one.waiting.get(event.sock);
    if (event.sock !== null) one.waiting.delete(event.sock);
    const atOnce = event.dwellUs !== null && event.dwellUs < AT_ONCE_US;
    const cause = error ?? (reset ? 'refused' : atOnce ? 'unreachable' : waits === undefined ? null : 'silent');
    if (cause !== null) this.#fail(one, cause, event.ns, event.seq);
  }

  #fail(one: Destination, cause: ConnectCause, ns: number, seq: number): void {
    this.#count(one, ns, true);
    if (one.connectedNs > one.sinceNs || Number.isNaN(one.sinceNs)) {
      one.sinceNs = ns;
      if (!this.#findings.has(keyOf(one))) one.byCause = nothing();
    }
    one.byCause[cause]++;
    one.cause = cause;
    one.failedNs = ns;
    one.seqs = [...one.seqs.slice(1 - MAX_LISTED), seq];
    this.#hot.add(one);
    this.#judge(one, ns);
  }

  #judge(one: Destination, ns: number): void {
    const { tried, failed } = recent(one);
    const silent = this.#silent(one);
    const failing = failed >= this.#t.failures && failed / tried >= this.#t.share;
    if (!failing && silent === null) return;
    // What waits longest says it best where nothing has ended yet.
    if (!failing) one.cause = 'silent';
    const known = one.cause === 'silent' ? 'consistent' : 'confirmed';
    const standing = {
      severity: 'warning',
      confidence: failing || silent?.sure === true ? known : 'suspected',
      sinceNs: failing ? one.sinceNs : (silent?.sinceNs ?? ns),
      size: failed + one.waiting.size,
    } as const;
    this.#findings.see(keyOf(one), ns, standing, () => this.#told(one, silent?.timeouts ?? 0));
  }

  /**
   * SYNs that nobody answers, while nobody else was answered either: one that has timed out often enough is sure, two that lack one time-out
   * are suspected. On a path that loses one segment in twenty, one SYN in 400 is lost twice.
   */
  #silent(one: Destination): { readonly sinceNs: number; readonly timeouts: number; readonly sure: boolean } | null {
    let [count, timeouts, sinceNs] = [0, 0, Number.POSITIVE_INFINITY];
    for (const waits of one.waiting.values()) {
      if (waits.timeouts < this.#t.silentTimeouts - 1 || one.connectedNs >= waits.sinceNs) continue;
      count++;
      timeouts = Math.max(timeouts, waits.timeouts);
      sinceNs = Math.min(sinceNs, waits.sinceNs);
    }
    const sure = timeouts >= this.#t.silentTimeouts;
    return sure || count >= 2 ? { sinceNs, timeouts, sure } : null;
  }

  #look(one: Destination, ns: number): void {
    for (const [sock, { sinceNs }] of one.waiting) if (ns - sinceNs > LAST_NS) one.waiting.delete(sock);
    const key = keyOf(one);
    const silent = this.#silent(one);
    const quiet = ns - one.failedNs >= this.#t.quietSeconds * 1e9;
    if (silent === null && one.connectedNs > one.failedNs) this.#findings.clear(key, ns, 'Connections come about again.');
    else if (silent === null && quiet) {
      this.#findings.clear(key, ns, `No attempt failed for ${this.#t.quietSeconds} s, and none came about: nobody tries.`, 0);
    }
    if (one.waiting.size === 0 && !this.#findings.has(key)) this.#hot.delete(one);
  }

  #told(one: Destination, timeouts: number): Told {
    const { netns, raddr, rport, cause, pid, comm, byCause, seqs } = one;
    const { tried, failed, seconds } = recent(one);
    const perSecond = Math.round((10 * tried) / seconds) / 10;
    const failing: Failing = {
      ...{ netns, raddr, rport, cause, pid, comm, byCause, tried, failed, perSecond, timeouts, seqs },
      waiting: one.waiting.size,
    };
    return tellFailing(failing);
  }

  #count(one: Destination, ns: number, failed: boolean): void {
    const windows = Math.floor((ns - one.windowNs) / WINDOW_NS);
    if (windows > 0) {
      one.triedBefore = windows === 1 ? one.tried : 0;
      one.failedBefore = windows === 1 ? one.failed : 0;
      one.tried = 0;
      one.failed = 0;
      one.windowNs += windows * WINDOW_NS;
    }
    one.tried++;
    if (failed) one.failed++;
  }

  #of({ netns, raddr, rport, pid, comm }: Pick<Destination, 'netns' | 'raddr' | 'rport' | 'pid' | 'comm'>): Destination {
    let one = this.#destinations.get({ netns, raddr, rport });
    if (one === undefined) {
      one = {
        ...{ netns, raddr, rport, pid, comm, windowNs: 0, tried: 0, failed: 0, triedBefore: 0, failedBefore: 0 },
        ...{ byCause: nothing(), cause: 'other', seqs: [], waiting: new Map() },
        ...{ sinceNs: Number.NaN, failedNs: Number.NEGATIVE_INFINITY, connectedNs: Number.NEGATIVE_INFINITY },
      };
      const forgotten = this.#destinations.add(one);
      if (forgotten !== null) {
        this.#hot.delete(forgotten);
        this.#findings.end(
          keyOf(forgotten),
          Math.max(forgotten.failedNs, forgotten.connectedNs),
          'It is followed no longer: others came since.',
        );
      }
    }
    if (pid !== null) {
      one.pid = pid;
      one.comm = comm;
    }
    return one;
  }
}

function recent(one: Destination): { readonly tried: number; readonly failed: number; readonly seconds: number } {
  const both = one.triedBefore > 0;
  return { tried: one.tried + one.triedBefore, failed: one.failed + one.failedBefore, seconds: (both ? 2 : 1) * (WINDOW_NS / 1e9) };
}

function nothing(): Record<ConnectCause, number> {
  return { refused: 0, silent: 0, unreachable: 0, 'no-route': 0, forbidden: 0, other: 0 };
}

function keyOf({ netns, raddr, rport }: Pick<Destination, 'netns' | 'raddr' | 'rport'>): string {
  return `${netns} ${raddr} ${rport}`;
}

/** Without the namespace, which the report of an error does not tell. */
function tupleOf({ laddr, lport, raddr, rport }: Pick<StateEvent, 'laddr' | 'lport' | 'raddr' | 'rport'>): string {
  return `${laddr} ${lport} ${raddr} ${rport}`;
}

function causeOf(errno: string): ConnectCause {
  if (errno === 'ECONNREFUSED') return 'refused';
  if (errno === 'ETIMEDOUT') return 'silent';
  if (errno === 'EHOSTUNREACH' || errno === 'ENETUNREACH') return 'unreachable';
  return errno === 'EACCES' || errno === 'EPERM' ? 'forbidden' : 'other';
}
