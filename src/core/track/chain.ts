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
    if (one.older === null) this.#oldest = one.newer;
    else one.older.newer = one.newer;
    if (one.newer === null) this.#newest = one.older;
    else one.newer.older = one.older;
    one.older = null;
    one.newer = null;
    this.#size--;
  }

  /** From the oldest on. The one that was given last may be taken out meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let one = this.#oldest; one !== null; ) {
      const next: T | null = one.newer;
      yield one;
      one = next;
    }
  }

  clear(): void {
    this.#oldest = null;
    this.#newest = null;
    this.#size = 0;
  }
}
