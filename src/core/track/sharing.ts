/** All that share a key (listeners with SO_REUSEPORT), where an index has room for one. */
export class Sharing<T> {
  readonly #sets = new Map<string, Set<T>>();

  add(key: string, one: T): void {
    const set = this.#sets.get(key);
    if (set === undefined) this.#sets.set(key, new Set([one]));
    else set.add(one);
  }

  /** Gives another that lives on with this key, or null. */
  remove(key: string, one: T): T | null {
    const set = this.#sets.get(key);
    set?.delete(one);
    for (const other of set ?? []) return other;
    this.#sets.delete(key);
    return null;
  }

  of(key: string): Iterable<T> {
    return this.#sets.get(key) ?? [];
  }
}
