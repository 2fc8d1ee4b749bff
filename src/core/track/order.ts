/** Something that happened at a known time. */
export interface Timed {
  readonly ns: number;
}

/**
 * Puts back into the order of their time what several CPUs' buffers delivered out of order. An item waits for `holdNs`, then leaves in
 * order; one that comes later than that leaves at once and is counted.
 */
export class OrderBuffer<T extends Timed> {
  readonly #holdNs: number;
  #waiting: T[] = [];
  #sorted = true;
  #released = Number.NEGATIVE_INFINITY;
  #late = 0;

  constructor(holdNs: number) {
    this.#holdNs = holdNs;
  }

  push(item: T): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && item.ns < last.ns) this.#sorted = false;
    if (item.ns < this.#released) this.#late++;
    this.#waiting.push(item);
  }

  /** Everything older than `nowNs` − hold, in order. */
  release(nowNs: number): T[] {
    return this.#upTo(nowNs - this.#holdNs);
  }

  /** Everything: the stream has ended. */
  flush(): T[] {
    return this.#upTo(Number.POSITIVE_INFINITY);
  }

  /** Items that came after a later one had already left. */
  get late(): number {
    return this.#late;
  }

  get size(): number {
    return this.#waiting.length;
  }

  #upTo(limit: number): T[] {
    if (this.#waiting.length === 0) return [];
    if (!this.#sorted) {
      this.#waiting.sort((a, b) => a.ns - b.ns);
      this.#sorted = true;
    }
    let count = 0;
    for (const item of this.#waiting) {
      if (item.ns > limit) break;
      count++;
    }
    if (count === 0) return [];
    const ready = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    this.#released = Math.max(this.#released, ready.at(-1)?.ns ?? this.#released);
    return ready;
  }
}
