/** Something that happened at a known time. */
export interface Timed {
  readonly ns: number;
}

/**
 * How long a record waits at least for those of other CPUs, ms: between taking its time and its place in the buffer an interrupt may come
 * between, and bpftrace empties its own output every 5 ms while every socket is told.
 */
export const HOLD_MS = 15;
/** The wait never grows beyond this, ns: order is worth a second, not more. */
const MAX_HOLD_NS = 1e9;
/** What is added to the longest delay seen lately: the next may be longer. */
const MARGIN = 1.25;
/** Once delays get shorter, the wait shrinks by half in so many ns. */
const HALF_LIFE_NS = 1e9;

/**
 * Puts back into the order of their time what several CPUs' buffers delivered out of order. An item waits, then leaves in order. What has
 * not come yet is at most as old as what comes now is delayed (a busy bpftrace empties one CPU's buffer after the other, up to 0.17;
 * a stalled one is behind with all): so the wait follows the longest delay between an item's time and its arrival seen lately. An item
 * that comes too late all the same leaves at once, and is counted.
 *
 * What it may have waited for us, who read in turns, is no delay: it came since all was read last, and nothing leaves but by that, or by what must
 * have been read, a turn ago. So what a later reading brings is older than the one before by no more than its delay, and whatever has left is older still.
 *
 * Records that wait in the kernel come in turns, short of delay as a rule and late after a pause: of that no wait can be learnt. There the end of
 * each turn says up to when all have come, and nothing leaves that is younger.
 */
export class OrderBuffer<T extends Timed> {
  readonly #leastNs: number;
  readonly #turnNs: number;
  readonly #isOwn: (item: T) => boolean;
  #holdNs: number;
  #heldNs = Number.NEGATIVE_INFINITY;
  /** In order from `#head` on; what is before it has left. */
  #sorted: T[] = [];
  #head = 0;
  /** Come since, in the order of arrival. */
  #fresh: T[] = [];
  /** Whether those happen to be in order, and come after all that wait. */
  #inOrder = true;
  #newest = Number.NEGATIVE_INFINITY;
  /** When all that had come was read last, and the last time before this reading. */
  #readNs = Number.NEGATIVE_INFINITY;
  #beforeNs = Number.NEGATIVE_INFINITY;
  /** Up to when the kernel's turns have brought everything; null where nobody speaks of turns. */
  #wholeNs: number | null = null;
  /** The newest that came by them, or beside them: another turn ends behind it. */
  #saidNs = Number.NEGATIVE_INFINITY;
  /** When the first came that no turn has ended behind yet. */
  #openNs = Number.POSITIVE_INFINITY;
  #released = Number.NEGATIVE_INFINITY;
  #late = 0;

  /**
   * `holdNs`: how long an item waits at least; `turnNs`: how long what has come may wait to be read; `isOwn`: what is {@link place}d, and takes no
   * part in being late.
   */
  constructor({ holdNs, turnNs = 0, isOwn = () => false }: { holdNs: number; turnNs?: number; isOwn?(item: T): boolean }) {
    this.#leastNs = holdNs;
    this.#turnNs = turnNs;
    this.#isOwn = isOwn;
    this.#holdNs = holdNs;
  }

  /** Another way of delivery begins: what was learnt of the one before does not hold. */
  restart(): void {
    this.#holdNs = this.#leastNs;
    this.#readNs = Number.NEGATIVE_INFINITY;
    this.#beforeNs = Number.NEGATIVE_INFINITY;
    this.#wholeNs = null;
    this.#saidNs = Number.NEGATIVE_INFINITY;
    this.#openNs = Number.POSITIVE_INFINITY;
  }

  /** What has come by `nowNs` is read, all of it or not, and {@link push}ed now. */
  read(nowNs: number, all = true): void {
    this.#beforeNs = this.#readNs;
    if (all) this.#readNs = nowNs;
  }

  /** A turn of the kernel's has ended: everything of before `ns` that waited for one has come. */
  turned(ns: number): void {
    this.#wholeNs = Math.max(ns, this.#wholeNs ?? ns);
    this.#openNs = Number.POSITIVE_INFINITY;
  }

  /** `item` has come from the kernel, and was read at `nowNs`. */
  push(item: T, nowNs: number): void {
    const delay = this.#sinceTurn(this.#beforeNs, nowNs) - item.ns;
    if (delay * MARGIN > this.#holdNs) {
      this.#holdNs = Math.min(MAX_HOLD_NS, delay * MARGIN);
      // It shrinks from now on: the time before must not count against what was learnt only now.
      this.#heldNs = Math.max(this.#heldNs, nowNs);
    }
    if (item.ns < this.#released) this.#late++;
    this.repeat(item, nowNs);
  }

  /** The same for a word that is said again and again, when there is time: it may come late, others need not wait for that, and it is not called late. */
  repeat(item: T, nowNs: number): void {
    const { ns } = item;
    if (ns > this.#saidNs) this.#saidNs = ns;
    if (nowNs < this.#openNs) this.#openNs = nowNs;
    this.place(item);
  }

  /** `item` is our own: it was not delayed, and no turn ends behind it. */
  place(item: T): void {
    const { ns } = item;
    if (ns < this.#newest) this.#inOrder = false;
    else this.#newest = ns;
    this.#fresh.push(item);
  }

  /** Everything older by the wait than what had been read by `nowNs`, in order, and no younger than what is known to be whole. */
  release(nowNs: number): T[] {
    this.#relax(nowNs);
    const whole = this.#wholeNs;
    // Within a turn, or before the one that must follow. One that does not end is given up: order is worth a second, not more.
    const limit = this.#sinceTurn(this.#readNs, nowNs) - this.#holdNs;
    if (whole === null || this.#saidNs <= whole) return this.#upTo(limit);
    this.#openNs = Math.min(this.#openNs, nowNs);
    return this.#upTo(Math.min(limit, nowNs - this.#openNs <= MAX_HOLD_NS ? whole : nowNs));
  }

  /** Everything: the stream has ended. */
  flush(): T[] {
    return this.#upTo(Number.POSITIVE_INFINITY);
  }

  /** Items from the kernel that came after a later one of them had already left. */
  get late(): number {
    return this.#late;
  }

  get size(): number {
    return this.#sorted.length - this.#head + this.#fresh.length;
  }

  /** How long an item waits now, ns. */
  get holdNs(): number {
    return this.#holdNs;
  }

  /** When the oldest that waits leaves though nothing comes any more; null where nothing waits. */
  get dueNs(): number | null {
    const oldest = this.#sorted[this.#head] ?? this.#fresh[0];
    return oldest === undefined ? null : oldest.ns + this.#holdNs + this.#turnNs;
  }

  /** What had come by then has been read by `nowNs`: by the reading itself, or because none is longer ago than a turn. Who does not read waits for none. */
  #sinceTurn(readNs: number, nowNs: number): number {
    if (readNs === Number.NEGATIVE_INFINITY) return nowNs;
    return Math.min(nowNs, Math.max(readNs, nowNs - this.#turnNs));
  }

  #relax(nowNs: number): void {
    const passed = Math.max(0, nowNs - this.#heldNs);
    this.#heldNs = Math.max(this.#heldNs, nowNs);
    if (this.#holdNs === this.#leastNs || !Number.isFinite(passed)) return;
    this.#holdNs = Math.max(this.#leastNs, this.#holdNs * 0.5 ** (passed / HALF_LIFE_NS));
  }

  #upTo(limit: number): T[] {
    this.#settle();
    const sorted = this.#sorted;
    const from = this.#head;
    let to = from;
    for (let next = sorted[to]; next !== undefined && next.ns <= limit; next = sorted[to]) to++;
    if (to === from) return [];
    this.#released = Math.max(this.#released, this.#newestIn(sorted, from, to));
    this.#head = to;
    if (from === 0 && to === sorted.length) {
      this.#sorted = [];
      this.#head = 0;
      return sorted;
    }
    const ready = sorted.slice(from, to);
    // What has left is let go in pieces, so that each item is moved at most once on average.
    if (this.#head * 2 > sorted.length) {
      this.#sorted = sorted.slice(to);
      this.#head = 0;
    }
    return ready;
  }

  /** The newest from the kernel among those; -∞ where none is. */
  #newestIn(sorted: readonly T[], from: number, to: number): number {
    for (let at = to - 1, item = sorted[at]; at >= from && item !== undefined; at--, item = sorted[at])
      if (!this.#isOwn(item)) return item.ns;
    return Number.NEGATIVE_INFINITY;
  }

  /** Brings what has come since into the order of what waits. */
  #settle(): void {
    const fresh = this.#fresh;
    if (fresh.length === 0) return;
    this.#fresh = [];
    if (this.#inOrder) {
      for (const item of fresh) this.#sorted.push(item);
      return;
    }
    this.#inOrder = true;
    fresh.sort((a, b) => a.ns - b.ns);
    this.#merge(fresh);
  }

  /** Only what waits and is younger than the oldest of `fresh` moves. */
  #merge(fresh: readonly T[]): void {
    const sorted = this.#sorted;
    const oldest = fresh[0]?.ns ?? Number.POSITIVE_INFINITY;
    let start = sorted.length;
    for (let last = sorted[start - 1]; start > this.#head && last !== undefined && last.ns > oldest; last = sorted[start - 1]) start--;
    const tail = sorted.splice(start);
    let at = 0;
    for (const item of fresh) {
      for (let one = tail[at]; one !== undefined && one.ns <= item.ns; one = tail[at]) {
        sorted.push(one);
        at++;
      }
      sorted.push(item);
    }
    for (const one of at === 0 ? tail : tail.slice(at)) sorted.push(one);
  }
}
