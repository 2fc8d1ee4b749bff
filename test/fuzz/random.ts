/**
 * Numbers by chance that are the same for the same seed and input number, on every machine: what went wrong with one input out of millions
 * is made again from those two. splitmix32, whose whole state is one number; good enough to choose what to break next.
 */
export class Random {
  #state: number;

  constructor(seed: number, input: number) {
    // Neighbouring inputs must not begin alike.
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(input + 1, 0x85ebca6b)) | 0;
    this.next();
  }

  /** An unsigned 32-bit number. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** From 0 up to `count` − 1. */
  below(count: number): number {
    return Math.floor((this.next() / 0x100000000) * count);
  }

  /** True once in so many. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** @throws RangeError where there is nothing to pick. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError('there is nothing to pick from');
    return picked;
  }
}
