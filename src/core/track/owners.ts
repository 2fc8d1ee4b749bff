import type { OwnersInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { lacking, type Owner } from '../model/owner.ts';
import { TURN_MS } from '../model/reading.ts';

/** Processes known at most, as whoever looks remembers them; the one that was looked at longest ago goes. And of what is past. */
const CAP = 10_000;
const PAST = 1000;
/** Sockets that wait for a look at most, and pids to be looked at. */
const WAITING = 10_000;
const ASKED = 4096;
/** A look comes sooner than the next turn, or not at all: a session ends, or a recording began after it. */
const AWAITED_NS = TURN_MS * 1e6;
/** The kernel tells a start to 10 ms (clock ticks), and the two clocks are compared to 10 ms where the machine has slept. */
const START_STEP_NS = 20e6;

/** Whose owner is to be filled in. */
export interface Owned {
  readonly pid: number | null;
  owner: Owner | null;
}

/** Some time within `[fromNs, toNs]` a process with this pid, whose thread was called `comm`, held the socket. */
interface Claim {
  readonly of: Owned;
  readonly fromNs: number;
  readonly toNs: number;
  readonly comm: string | null;
}

/** A process: from its start until it was seen last all that was done under its pid was its doing. */
interface Holder {
  readonly owner: Owner;
  readonly startedNs: number;
  seenNs: number;
}

/**
 * Who has which pid when. A process is a pid and its start: where /proc showed one at a moment, all that was done under that pid between its
 * start and that moment was its doing, and nothing else is taken for it. So each time that a pid is told with a socket, /proc is asked
 * once more (by whoever empties {@link takeAsked}) and the answer comes in as an Input.
 */
export class OwnerBook {
  /** Whether there will be answers. */
  readonly #answered: boolean;
  readonly #holders = new Map<number, Holder>();
  /** Who had a pid before. */
  readonly #ended = new Map<number, Holder>();
  /** Pids under which a look found no process, and when. */
  readonly #missed = new Map<number, { readonly owner: Owner; readonly atNs: number }>();
  readonly #waiting = new Map<number, Claim[]>();
  #waitingCount = 0;
  #asked = new Set<number>();
  #lastAsked = 0;
  #awaited = false;
  /** Since when. */
  #awaitedNs: number | null = null;

  constructor(answered = false) {
    this.#answered = answered;
  }

  /** A record or a listing has come that names this pid. */
  met(pid: number): void {
    if (!this.#answered) return;
    this.#awaited = true;
    if (pid === this.#lastAsked) return;
    this.#lastAsked = pid;
    if (this.#asked.size < ASKED) this.#asked.add(pid);
  }

  /** Pids to look at. Does not change what is told: a replay may leave them. */
  get asked(): number {
    return this.#asked.size;
  }

  /** Whether a pid was named since /proc was looked at last, and not long ago: an answer is about to come. To be asked with each input. */
  isAwaited(nowNs: number): boolean {
    if (!this.#awaited) return false;
    this.#awaitedNs ??= nowNs;
    return nowNs - this.#awaitedNs < AWAITED_NS;
  }

  takeAsked(): ReadonlySet<number> {
    const asked = this.#asked;
    this.#asked = new Set();
    this.#lastAsked = 0;
    return asked;
  }

  /** The owner of a socket that the process with this pid held at `fromNs` to `toNs`; null where that is not known yet: then it is filled in. */
  claim(of: Owned, pid: number, comm: string | null, fromNs: number, toNs = fromNs): Owner | null {
    if (!this.#answered) return null;
    const claim = { of, fromNs, toNs, comm };
    const owner = this.#answer(pid, claim);
    if (owner === null && this.#waitingCount < WAITING) {
      const claims = this.#waiting.get(pid);
      if (claims === undefined) this.#waiting.set(pid, [claim]);
      else claims.push(claim);
      this.#waitingCount++;
      this.met(pid);
    }
    return owner;
  }

  /** /proc was looked at. */
  take({ atNs, found, still, ...lacks }: OwnersInput): void {
    this.#awaited = false;
    this.#awaitedNs = null;
    for (const { startedNs, seenNs = atNs, owner } of found) {
      this.#end(owner.pid);
      keepNewest(this.#holders, owner.pid, { owner, startedNs, seenNs }, CAP);
      this.#settle(owner.pid);
    }
    for (const pid of still) {
      const holder = this.#holders.get(pid);
      if (holder !== undefined) {
        holder.seenNs = Math.max(holder.seenNs, atNs);
        keepNewest(this.#holders, pid, holder, CAP);
      }
      this.#settle(pid);
    }
    for (const lack of ['gone', 'hidden', 'unread'] as const) {
      for (const pid of lacks[lack]) {
        if (lack !== 'unread') this.#end(pid);
        keepNewest(this.#missed, pid, { owner: lacking(pid, lack), atNs }, PAST);
        this.#settle(pid);
      }
    }
  }

  /** Who a finding that began at `sinceNs` means by this pid; null where that is not known. */
  meant(pid: number, sinceNs: number): Owner | null {
    const holder = this.#holders.get(pid);
    if (holder !== undefined && holder.startedNs <= sinceNs) return holder.owner;
    const ended = this.#ended.get(pid);
    if (ended !== undefined && ended.startedNs <= sinceNs && sinceNs <= ended.seenNs) return ended.owner;
    return holder === undefined && ended === undefined ? null : lacking(pid, 'gone');
  }

  /** Every process that is known and was not found gone, for those who must begin where this is. */
  *known(): Generator<OwnersInput['found'][number]> {
    for (const { owner, startedNs, seenNs } of this.#holders.values()) yield { startedNs, seenNs, owner };
  }

  #end(pid: number): void {
    const holder = this.#holders.get(pid);
    if (holder === undefined) return;
    this.#holders.delete(pid);
    keepNewest(this.#ended, pid, holder, PAST);
  }

  /** Answers those who wait. */
  #settle(pid: number): void {
    const claims = this.#waiting.get(pid);
    if (claims === undefined) return;
    this.#waiting.delete(pid);
    const left: Claim[] = [];
    for (const claim of claims) {
      const owner = this.#answer(pid, claim);
      if (owner === null) left.push(claim);
      else if (claim.of.pid === pid) claim.of.owner = owner;
    }
    this.#waitingCount -= claims.length - left.length;
    if (left.length === 0) return;
    this.#waiting.set(pid, left);
    this.met(pid);
  }

  /** Null where nobody has looked since the claim's time. */
  #answer(pid: number, { fromNs, toNs, comm }: Claim): Owner | null {
    const ended = this.#ended.get(pid);
    if (ended !== undefined && ended.startedNs <= fromNs && toNs <= ended.seenNs) return ended.owner;
    const holder = this.#holders.get(pid);
    if (holder === undefined || holder.seenNs < toNs) {
      const missed = this.#missed.get(pid);
      return missed !== undefined && toNs <= missed.atNs ? missed.owner : null;
    }
    const { owner, startedNs } = holder;
    if (startedNs > fromNs) return lacking(pid, 'gone');
    const close = fromNs - startedNs < START_STEP_NS;
    return close && comm !== null && comm !== owner.comm ? lacking(pid, 'unsure') : owner;
  }
}
