import type { Gap } from './gaps.ts';

/** Counts how often the kernel did not run our programs (recursion_misses). */
export class Skips {
  #total = 0;
  /** When it was last read, or bpftrace was started. */
  #readNs: number | null = null;
  /** When a reading last gave more than the one before. */
  #grownNs = Number.NEGATIVE_INFINITY;
  /** Nobody knows what it was before the next reading. */
  #unknown = false;

  /** Since bpftrace was started. */
  get total(): number {
    return this.#total;
  }

  get grownNs(): number {
    return this.#grownNs;
  }

  /** bpftrace was started: its programs have been skipped never; or it has been `running`: then the next reading is where we begin. */
  restart(ns: number, running = false): void {
    this.#total = 0;
    this.#readNs = ns;
    this.#unknown = running;
  }

  /** The sum was read at `ns`; gives what has been added to it. It only grows while one bpftrace runs: a lower one was read badly, and says nothing. */
  read(total: number, ns: number): Gap | null {
    if (!this.#unknown && total < this.#total) return null;
    const lost = this.#unknown ? 0 : total - this.#total;
    this.#unknown = false;
    const fromNs = this.#readNs ?? ns;
    this.#total = total;
    this.#readNs = ns;
    if (lost > 0) this.#grownNs = ns;
    return lost > 0 ? { cause: 'skipped', lost, fromNs, toNs: ns, what: 'programs not run: another was running' } : null;
  }
}
