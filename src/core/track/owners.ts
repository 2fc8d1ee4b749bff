import type { OwnersInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { lacking, type Owner } from '../model/owner.ts';

/** Processes known at most; the one that was looked at longest ago goes. */
const CAP = 10_000;
/** Sockets that wait for a look at most, and pids to be looked at. */
const WAITING = 10_000;
const ASKED = 4096;
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

/** What has, or had, a pid. Of a known process: from its start until it was seen last. Of a gone one: until /proc had none such. */
interface Holder {
  readonly owner: Owner;
  readonly startedNs: number;
  seenNs: number;
  /** Who had the pid before. */
  readonly before: Holder | null;
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
  readonly #waiting = new Map<number, Claim[]>();
  #waitingCount = 0;
  #asked = new Set<number>();
  #lastAsked = 0;

  constructor(answered = false) {
    this.#answered = answered;
  }

  /** A record or a listing has come that names this pid. */
  met(pid: number): void {
    if (pid === this.#lastAsked || !this.#answered) return;
    this.#lastAsked = pid;
    if (this.#asked.size < ASKED) this.#asked.add(pid);
  }

  /** Pids to look at. Does not change what is told: a replay may leave them. */
  get asked(): number {
    return this.#asked.size;
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
    }
    return owner;
  }

  /** /proc was looked at. */
  take({ atNs, found, still, gone, hidden, unread }: OwnersInput): void {
    for (const { startedNs, seenNs = atNs, owner } of found) this.#hold(owner, startedNs, seenNs);
    for (const pid of still) {
      const holder = this.#holders.get(pid);
      if (holder === undefined) continue;
      holder.seenNs = Math.max(holder.seenNs, atNs);
      keepNewest(this.#holders, pid, holder, CAP);
      this.#settle(pid);
    }
    for (const [pids, lack] of [
      [gone, 'gone'],
      [hidden, 'hidden'],
      [unread, 'unread'],
    ] as const) {
      for (const pid of pids) this.#hold(lacking(pid, lack), Number.NEGATIVE_INFINITY, atNs);
    }
  }

  /** Who a finding that began at `sinceNs` means by this pid; null where that is not known. */
  meant(pid: number, sinceNs: number): Owner | null {
    const holder = this.#holders.get(pid);
    if (holder === undefined) return null;
    const { before } = holder;
    if (before !== null && (holder.owner.lack !== null || holder.startedNs > sinceNs)) {
      return before.owner.lack === null && before.startedNs <= sinceNs && sinceNs <= before.seenNs ? before.owner : lacking(pid, 'gone');
    }
    return holder.startedNs <= sinceNs ? holder.owner : lacking(pid, 'gone');
  }

  /** Every process that is known and was not found gone, for those who must begin where this is. */
  *known(): Generator<OwnersInput['found'][number]> {
    for (const { owner, startedNs, seenNs } of this.#holders.values()) if (owner.lack === null) yield { startedNs, seenNs, owner };
  }

  #hold(owner: Owner, startedNs: number, seenNs: number): void {
    const { pid } = owner;
    const known = this.#holders.get(pid) ?? null;
    // Of what was not known either nothing is worth keeping.
    const before = known?.owner.lack === null ? { ...known, before: null } : (known?.before ?? null);
    keepNewest(this.#holders, pid, { owner, startedNs, seenNs, before }, CAP);
    this.#settle(pid);
  }

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

  /** Null where it was looked at before the claim's time only. */
  #answer(pid: number, claim: Claim): Owner | null {
    const holder = this.#holders.get(pid);
    if (holder === undefined || holder.seenNs < claim.toNs) return null;
    const { owner, startedNs, before } = holder;
    if (before !== null && claim.toNs <= before.seenNs && before.startedNs <= claim.fromNs) return before.owner;
    if (owner.lack !== null) return owner;
    if (startedNs > claim.fromNs) return lacking(pid, 'gone');
    const close = claim.fromNs - startedNs < START_STEP_NS;
    return close && claim.comm !== null && claim.comm !== owner.comm ? lacking(pid, 'unsure') : owner;
  }
}
