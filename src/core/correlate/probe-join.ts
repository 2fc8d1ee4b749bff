import { canonicalAddress } from '../model/address.ts';
import type { Event, GapEvent, ProbeEvent, Stamp } from '../model/event.ts';
import { type FourTuple, tupleKey } from '../model/four-tuple.ts';
import type { DialledInput, ProbeInput, StartInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { driftOf } from './drift.ts';
import type { OwnSocket } from './own-socket.ts';
import { OwnSockets } from './own-sockets.ts';
import { countedAgain, toldAgain, verdict } from './verdict.ts';

export interface ProbeJoinOptions {
  readonly start: StartInput;
  /** Numbers the next event. */
  stamp(ns: number): Stamp;
  emit(event: Event): void;
}

/** What is known of the kernel side at a moment. */
export interface KernelSight {
  readonly nowNs: number;
  /** How far its times may be off, ns; null before they were first compared. */
  readonly errorNs: number | null;
  /** Why it is not observed; null while it is. */
  readonly blind: string | null;
}

interface Waiting {
  readonly input: ProbeInput;
  readonly untilNs: number;
  /** What it will be joined with, once found. */
  own: OwnSocket | null;
}

/** An attempt waits no longer than this for its kernel side, ns after it was released in order. */
const WAIT_NS = 1e9;
/**
 * …and this long for the kernel's end of a socket that is joined and closed: most ends are a round trip away. And for a retransmission that
 * the socket has counted: up to bpftrace 0.17 a busy machine may tell it after the end, and the kernel may have skipped it.
 */
const SETTLE_NS = 100e6;
/** All that wait are looked at so often, ns of the inputs' time: at every input, thousands of them would cost the square of their number. */
const LOOK_NS = 20e6;
/**
 * A socket that has outlived its attempt by this much lingers: the acknowledgement of a FIN takes a round trip, not seconds; and by then
 * the kernel's counters have shown whether the record of its end was lost.
 */
const LINGER_NS = 2e9;
/** Followed no longer: an orphan has given up by then (tcp_orphan_retries), so its end was not seen. */
const FOLLOW_NS = 600e9;
/** Attempts that wait, sockets that are followed, at most. */
const CAP = 16_384;
const DIALS = 16_384;
/** Where the clocks were never compared, the two lanes may be off by as much, ns. */
const UNCOMPARED_NS = 5e6;
/** The brackets are hard bounds, but doubles are not. */
const LEAST_SLACK_NS = 10_000;
const GAPS = 32;

/**
 * Joins each attempt of our own probes with the kernel's story of its socket, and tells both as one event. Where the kernel has nothing, the
 * event says why, and comes all the same, within {@link WAIT_NS}.
 */
export class ProbeJoin {
  readonly #options: ProbeJoinOptions;
  readonly #own: OwnSockets;
  readonly #dials = new Map<string, DialledInput>();
  readonly #waiting = new Set<Waiting>();
  /** Those not looked at yet: most can be told at once. */
  #fresh: Waiting[] = [];
  #lookedNs = Number.NEGATIVE_INFINITY;
  /** Told attempts whose socket has not ended, and whether that was told, too. */
  readonly #followed = new Map<OwnSocket, { readonly input: ProbeInput; told: boolean }>();
  /** The newest known losses, for the words of what was not seen. */
  readonly #gaps: GapEvent[] = [];
  #probing = false;
  #sight: KernelSight = { nowNs: 0, errorNs: null, blind: null };

  constructor(options: ProbeJoinOptions) {
    this.#options = options;
    this.#own = new OwnSockets(options.start);
  }

  /** A probe's socket has got its port. */
  dialled(input: DialledInput): void {
    this.#probing = true;
    const tuple = { ...input, laddr: canonicalAddress(input.laddr), raddr: canonicalAddress(input.raddr) };
    keepNewest(this.#dials, tupleKey(null, tuple), input, DIALS);
  }

  /** The target that a socket with this four-tuple was dialled for; it asked for its connection at `sinceNs`. Null for all others. */
  nameOf(tuple: FourTuple, sinceNs: number): string | null {
    if (this.#dials.size === 0 || tuple.lport === 0) return null;
    const dialled = this.#dials.get(tupleKey(null, tuple));
    if (dialled === undefined) return null;
    // An earlier use of the same port was dialled before this socket began.
    return Number.isNaN(sinceNs) || dialled.atNs >= sinceNs - this.#slackNs ? dialled.target : null;
  }

  /** An event that was just told. */
  saw(event: Event): void {
    this.#own.saw(event, this.#probing);
    if (event.kind !== 'gap' || event.cause === 'shed') return;
    this.#gaps.push(event);
    if (this.#gaps.length > GAPS) this.#gaps.shift();
  }

  /** An attempt has ended, and all that was told up to its end has been put in order. */
  attempted(input: ProbeInput): void {
    this.#probing = true;
    const waiting: Waiting = { input, untilNs: this.#sight.nowNs + WAIT_NS, own: null };
    this.#waiting.add(waiting);
    this.#fresh.push(waiting);
    const [oldest] = this.#waiting.size > CAP ? this.#waiting : [];
    if (oldest !== undefined) this.#settle(oldest, true);
  }

  /** Time has passed, or something was told: what can be said now is said. `over`: nothing more will come. */
  pass(sight: KernelSight, over = false): void {
    this.#sight = sight;
    const last = over || sight.blind !== null;
    const all = last || Math.abs(sight.nowNs - this.#lookedNs) >= LOOK_NS;
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const one of all ? this.#waiting : fresh) if (this.#waiting.has(one)) this.#settle(one, last || sight.nowNs >= one.untilNs);
    if (all) {
      this.#lookedNs = sight.nowNs;
      for (const [own, followed] of this.#followed) this.#follow(own, followed);
    }
    this.#own.expire(sight.nowNs);
  }

  /** Attempts that wait for their kernel side. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get #slackNs(): number {
    return Math.max(this.#sight.errorNs ?? UNCOMPARED_NS, LEAST_SLACK_NS);
  }

  #settle(waiting: Waiting, atLast: boolean): void {
    const { input, untilNs } = waiting;
    const { moments } = input.attempt;
    const asked = moments.submitted !== null || input.attempt.pooled !== null;
    if (asked) waiting.own ??= this.#own.of(input.attempt, this.#slackNs);
    if (asked && !atLast && !this.#isWhole(waiting.own, input, untilNs - WAIT_NS)) return;
    this.#waiting.delete(waiting);
    // Asked anew: another that fits as well may have come to light since.
    const own = waiting.own === null ? null : this.#own.of(input.attempt, this.#slackNs);
    this.#tell(input, own, null);
    if (own === null) return;
    own.target = input.attempt.target;
    if (moments.closed !== null && own.closedNs === null) keepNewest(this.#followed, own, { input, told: false }, CAP);
  }

  /** Whether the kernel has told all that it will soon tell of this attempt, which came at `sinceNs`. */
  #isWhole(own: OwnSocket | null, { attempt }: ProbeInput, sinceNs: number): boolean {
    const settled = this.#sight.nowNs >= sinceNs + SETTLE_NS;
    // Without a port it most probably failed before its SYN, and nothing will come.
    if (own === null) return settled && attempt.lport === null;
    // The socket counts segments, of which one record may tell several: what matters is whether any was told.
    if (!settled && countedAgain(attempt) > 0 && toldAgain(own.laneOf(attempt, this.#slackNs)) === 0) return false;
    if (attempt.moments.closed === null || own.closedNs !== null) return true;
    return own.finSentNs !== null && settled;
  }

  #follow(own: OwnSocket, followed: { readonly input: ProbeInput; told: boolean }): void {
    const overNs = this.#sight.nowNs - (followed.input.attempt.moments.closed ?? this.#sight.nowNs);
    if (own.closedNs !== null) {
      this.#followed.delete(own);
      if (followed.told) this.#tell(followed.input, own, 'gone');
    } else if (overNs > FOLLOW_NS || (!followed.told && this.#lostSince(this.#sight.nowNs - overNs))) this.#followed.delete(own);
    else if (!followed.told && overNs > LINGER_NS) {
      followed.told = true;
      this.#tell(followed.input, own, 'lingering');
    }
  }

  /** Whether records were lost at `ns` or later: then the end of a socket may have been among them. */
  #lostSince(ns: number): boolean {
    return this.#gaps.some(({ toNs }) => toNs >= ns);
  }

  #tell({ attempt, standing }: ProbeInput, own: OwnSocket | null, update: ProbeEvent['update']): void {
    const kernel = own === null ? null : own.laneOf(attempt, this.#slackNs);
    const made = verdict(attempt, kernel);
    this.#options.emit({
      kind: 'probe',
      ...this.#options.stamp(attempt.moments.called ?? attempt.plannedNs),
      // The prober's own reading: ours may have been taken on another side of somebody setting the clock.
      wallUs: attempt.wallUs,
      update,
      attempt,
      standing,
      sock: own?.sock ?? null,
      netns: own?.netns ?? null,
      kernel,
      unseen: own === null ? this.#whyUnseen(attempt) : null,
      verdict: update === null ? made : { ...made, mismatch: 'lingering' },
      drift: driftOf(attempt, kernel, this.#sight.errorNs),
    });
  }

  #whyUnseen({ moments, pooled, lport }: ProbeInput['attempt']): string {
    if (moments.submitted === null && pooled === null) return 'no connection was asked for, so there is no socket';
    if (this.#sight.blind !== null) return `the kernel is not observed: ${this.#sight.blind}`;
    const fromNs = moments.called ?? Number.NEGATIVE_INFINITY;
    const toNs = moments.closed ?? moments.done ?? Number.POSITIVE_INFINITY;
    const gap = this.#gaps.find((one) => one.fromNs <= toNs && one.toNs >= fromNs);
    if (gap !== undefined) return `the kernel’s records were lost at that time (${gap.cause}${gap.what === null ? '' : `: ${gap.what}`})`;
    if (pooled?.reused === true) return 'the connection was opened before the kernel was observed, or its opening was not told';
    return lport === null ? 'it failed before a SYN was sent' : 'the kernel told of no such socket';
  }
}
