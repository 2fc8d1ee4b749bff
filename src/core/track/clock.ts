/**
 * Places bpftrace's clock on CLOCK_MONOTONIC. `nsecs` is CLOCK_BOOTTIME, so the two differ by the time this machine slept, and by a
 * time namespace; between sleeps the difference is constant, hence every bracket narrows it and none widens it.
 */
export class Clock {
  /** Bounds of (bpftrace's clock − CLOCK_MONOTONIC), ns. */
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;
  #offset = 0;
  #jumps = 0;

  /** Between the call of connect() and its return the kernel stamped SYN_SENT with `kernelNs`. True where the clock has jumped. */
  bracket(kernelNs: number, beforeNs: number, afterNs: number): boolean {
    const low = kernelNs - afterNs;
    const high = kernelNs - beforeNs;
    const jumped = low > this.#high || high < this.#low;
    if (jumped) this.#jump(low, high);
    else {
      this.#low = Math.max(this.#low, low);
      this.#high = Math.min(this.#high, high);
      this.#settle();
    }
    return jumped;
  }

  /** A line stamped `kernelNs` was read at `atNs`: it cannot come from the future. True where the clock has jumped. */
  heard(kernelNs: number, atNs: number): boolean {
    const low = kernelNs - atNs;
    if (low <= this.#low) return false;
    if (low > this.#high) {
      this.#jump(low, Number.POSITIVE_INFINITY);
      return true;
    }
    this.#low = low;
    this.#settle();
    return false;
  }

  /**
   * The estimate, ns. It stays as it is until a bracket proves it wrong, so that spans between two stamps are the kernel's own; at
   * first 0, which is right for every machine that has not slept.
   */
  get offsetNs(): number {
    return this.#offset;
  }

  /** How far the estimate can be off, ns; null before the first bracket. */
  get errorNs(): number | null {
    return Number.isFinite(this.#high) ? Math.max(this.#high - this.#offset, this.#offset - this.#low) : null;
  }

  /** Sleeps noticed so far. */
  get jumps(): number {
    return this.#jumps;
  }

  /** CLOCK_MONOTONIC for a stamp of bpftrace's. */
  monotonic(kernelNs: number): number {
    return kernelNs - this.offsetNs;
  }

  #jump(low: number, high: number): void {
    this.#low = low;
    this.#high = high;
    this.#jumps++;
    this.#settle();
  }

  #settle(): void {
    if (this.#offset >= this.#low && this.#offset <= this.#high) return;
    this.#offset = Number.isFinite(this.#high) ? (this.#low + this.#high) / 2 : this.#low;
  }
}
