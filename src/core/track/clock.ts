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

/** How long the machine slept, ns, in words: CLOCK_MONOTONIC stands still meanwhile, only CLOCK_BOOTTIME's lead tells it. */
export function sleepInWords(ns: number): string {
  return ns > 0 ? `slept for ${spanInWords(ns)} by CLOCK_BOOTTIME` : 'CLOCK_BOOTTIME fell behind';
}

/** `3.2 s`, `2 min 03 s`, `2 h 00 min`, `3 d 04 h`. */
function spanInWords(ns: number): string {
  const seconds = Math.round(ns / 1e9);
  if (seconds < 60) return `${(ns / 1e9).toFixed(1)} s`;
  if (seconds < 3600) return pair(seconds, 60, 'min', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3600, 'h', 60, 'min');
  return pair(seconds, 86_400, 'd', 3600, 'h');
}

function pair(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)} ${bigUnit} ${String(rest).padStart(2, '0')} ${smallUnit}`;
}
