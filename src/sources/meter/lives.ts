/**
 * A total over several processes of which one follows the other, each of which counts from 0: bpftrace, started again. What a process used
 * after it was last read is not in it.
 */
export class Lives {
  #identity: string | null = null;
  /** What those before have used. */
  #before = 0;
  #present = 0;

  /** `identity` is the process that now says `amount`. */
  read(identity: string, amount: number): void {
    if (identity !== this.#identity) {
      this.#before += this.#present;
      this.#present = 0;
    }
    this.#identity = identity;
    // utime and stime are scaled apart and may step back by a tick.
    this.#present = Math.max(this.#present, amount);
  }

  get total(): number {
    return this.#before + this.#present;
  }
}
