/** The last `capacity` items; older ones are forgotten. Pushing is O(1) and makes no garbage. */
export class EventRing<T> {
  readonly capacity: number;
  readonly #items: T[] = [];
  /** Where the next item goes once the ring is full. */
  #next = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#items.length < this.capacity) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.capacity;
  }

  /** 0 is the newest; undefined beyond the oldest. */
  at(age: number): T | undefined {
    const { length } = this.#items;
    if (age < 0 || age >= length) return undefined;
    return this.#items[(this.#next - 1 - age + 2 * length) % length];
  }

  /** A copy, newest first. */
  newestFirst(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)].reverse();
  }

  clear(): void {
    this.#items.length = 0;
    this.#next = 0;
  }
}
