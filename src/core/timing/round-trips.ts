/** Round trips that the timeout is made from. */
const KEPT = 8;

/** The least timeout, ms: below it, an ordinary delayed acknowledgement or one busy moment of the loop would count as a miss. */
export const MIN_TIMEOUT_MS = 200;

/** Before there are {@link KEPT} round trips, and the most that back-off ever waits, ms: room for a SYN lost twice (1 s, then 2 s). */
export const FIRST_TIMEOUT_MS = 5000;

/** The last eight round trips of a target. */
export class RoundTrips {
  readonly #lastMs: number[] = [];

  add(ms: number): void {
    this.#lastMs.push(ms);
    if (this.#lastMs.length > KEPT) this.#lastMs.shift();
  }

  get meanMs(): number | null {
    const { length } = this.#lastMs;
    return length === 0 ? null : this.#lastMs.reduce((sum, ms) => sum + ms, 0) / length;
  }

  /** Standard deviation of the population; null before there are two. */
  get sigmaMs(): number | null {
    const mean = this.meanMs;
    if (mean === null || this.#lastMs.length < 2) return null;
    return Math.sqrt(this.#lastMs.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / this.#lastMs.length);
  }

  /** mean + 3σ of the last eight, at least {@link MIN_TIMEOUT_MS}; {@link FIRST_TIMEOUT_MS} until there are eight. */
  get timeoutMs(): number {
    if (this.#lastMs.length < KEPT) return FIRST_TIMEOUT_MS;
    return Math.max((this.meanMs ?? 0) + 3 * (this.sigmaMs ?? 0), MIN_TIMEOUT_MS);
  }
}
