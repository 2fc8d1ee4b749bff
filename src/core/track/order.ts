import { versionNumber } from '../model/bpftrace-version.ts';

/** Something that happened at a known time. */
export interface Timed {
  readonly ns: number;
}

/** The wait never grows beyond this, ns: order is worth a second, not more. */
const MAX_HOLD_NS = 1e9;
/** Once nothing comes late any more, the wait shrinks by half in so many ns. */
const HALF_LIFE_NS = 2e9;

/**
 * How long records wait for those of other CPUs, ms. Up to bpftrace 0.17 each CPU has a perf buffer of its own, read one after the other: on a
 * busy machine 20 ms let them out of order, 100 did not. Since 0.18 all share one ring buffer, which keeps their order but for
 * the instant between taking the time and the place.
 */
const HOLD_MS = { perfBuffers: 100, ringBuffer: 10 };

/** The least wait for what this bpftrace delivers, ms; null is a version that is not known yet. */
export function holdMs(version: string | null): number {
  return version !== null && versionNumber(version) > 17 ? HOLD_MS.ringBuffer : HOLD_MS.perfBuffers;
}

/**
 * Puts back into the order of their time what several CPUs' buffers delivered out of order. An item waits, then leaves in order. How far
 * CPUs are apart depends on the load: bpftrace empties one CPU's buffer after the other, and a full one takes its time. So an item that
 * comes too late leaves at once, is counted, and lengthens the wait for those after it.
 */
export class OrderBuffer<T extends Timed> {
  #leastNs: number;
  #holdNs: number;
  #heldNs = Number.NEGATIVE_INFINITY;
  #waiting: T[] = [];
  #sorted = true;
  #released = Number.NEGATIVE_INFINITY;
  #late = 0;

  /** `holdNs`: how long an item waits at least. */
  constructor(holdNs: number) {
    this.#leastNs = holdNs;
    this.#holdNs = holdNs;
  }

  /** Another way of delivery begins: items wait `holdNs` at least from now on. */
  restart(holdNs: number): void {
    this.#leastNs = holdNs;
    this.#holdNs = holdNs;
  }

  push(item: T): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && item.ns < last.ns) this.#sorted = false;
    if (item.ns < this.#released) {
      this.#late++;
      this.#holdNs = Math.min(MAX_HOLD_NS, Math.max(this.#holdNs, this.#leastNs + 1.5 * (this.#released - item.ns)));
    }
    this.#waiting.push(item);
  }

  /** Everything older than `nowNs` by the wait, in order. */
  release(nowNs: number): T[] {
    this.#relax(nowNs);
    return this.#upTo(nowNs - this.#holdNs);
  }

  /** Everything: the stream has ended. */
  flush(): T[] {
    return this.#upTo(Number.POSITIVE_INFINITY);
  }

  /** Items that came after a later one had already left. */
  get late(): number {
    return this.#late;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** How long an item waits now, ns. */
  get holdNs(): number {
    return this.#holdNs;
  }

  #relax(nowNs: number): void {
    const passed = Math.max(0, nowNs - this.#heldNs);
    this.#heldNs = Math.max(this.#heldNs, nowNs);
    if (this.#holdNs === this.#leastNs || !Number.isFinite(passed)) return;
    this.#holdNs = Math.max(this.#leastNs, this.#holdNs * 0.5 ** (passed / HALF_LIFE_NS));
  }

  #upTo(limit: number): T[] {
    if (this.#waiting.length === 0) return [];
    if (!this.#sorted) {
      this.#waiting.sort((a, b) => a.ns - b.ns);
      this.#sorted = true;
    }
    let count = 0;
    for (const item of this.#waiting) {
      if (item.ns > limit) break;
      count++;
    }
    if (count === 0) return [];
    const ready = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    this.#released = Math.max(this.#released, ready.at(-1)?.ns ?? this.#released);
    return ready;
  }
}
