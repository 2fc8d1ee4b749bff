/** So many at once, and so many a second on average: a bucket that fills with time. */
export class Allowance {
  readonly #atOnce: number;
  readonly #perMs: number;
  #left: number;
  #atMs: number;

  constructor({ atOnce, perSecond }: { readonly atOnce: number; readonly perSecond: number }, nowMs: number) {
    this.#atOnce = atOnce;
    this.#perMs = perSecond / 1000;
    this.#left = atOnce;
    this.#atMs = nowMs;
  }

  /** Whether one more is allowed now; one that is not costs nothing. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + Math.max(0, nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
