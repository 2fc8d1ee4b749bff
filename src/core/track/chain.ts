/** A link of a {@link Chain}; only the chain writes these. */
export interface Link<T> {
  older: T | null;
  newer: T | null;
}

/** Keeps things in the order in which they were added; takes any of them out at once. The links lie in the things themselves. */
export class Chain<T extends Link<T>> {
  #oldest: T | null = null;
  #newest: T | null = null;
  #size = 0;
  /** Walks under way: a listing takes its time, and what it would come to next may go meanwhile. */
  readonly #walks = new Set<{ next: T | null }>();

  get size(): number {
    return this.#size;
  }

  get oldest(): T | null {
    return this.#oldest;
  }

  /** Adds one that is in no chain. */
  add(one: T): void {
    one.older = this.#newest;
    one.newer = null;
    if (this.#newest === null) this.#oldest = one;
    else this.#newest.newer = one;
    this.#newest = one;
    this.#size++;
  }

  /** Takes out one that is in this chain. */
  remove(one: T): void {
    if (this.#walks.size > 0) for (const walk of this.#walks) if (walk.next === one) walk.next = one.newer;
    if (one.older === null) this.#oldest = one.newer;
    else one.older.newer = one.newer;
    if (one.newer === null) this.#newest = one.older;
    else one.newer.older = one.older;
    one.older = null;
    one.newer = null;
    this.#size--;
  }

  /** From the oldest on. Whatever is taken out or added meanwhile, each that stays is given once. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    const walk = { next: this.#oldest };
    this.#walks.add(walk);
    try {
      for (let one = walk.next; one !== null; one = walk.next) {
        walk.next = one.newer;
        yield one;
      }
    } finally {
      this.#walks.delete(walk);
    }
  }

  /** Brings all into another order. A walk under way goes on from where it was, by the new one. */
  sort(compare: (a: T, b: T) => number): void {
    const sorted = [...this].sort(compare);
    this.#oldest = null;
    this.#newest = null;
    this.#size = 0;
    for (const one of sorted) this.add(one);
  }
}
