import type { Standing } from '../core/track/sight.ts';

/** Transitions are milliseconds old when they are read. The buffers hold a second of a flat-out storm; what is older is lost, or displaces what is new. */
const BEHIND_NS = 200e6;
/** Reading stands still that long at times, for a listing or a collection of garbage, and catches up at once. */
const STANDS_NS = 150e6;
/** Between two words to the kernel side. */
const EVERY_NS = 1e9;

/** Whether what is read stays old: then bpftrace or this process has not the CPU time for it, and the kernel side must tell less, whatever its budget. */
export class Behind {
  #sinceNs: number | null = null;
  #saidNs = Number.NEGATIVE_INFINITY;

  /** A piece of bpftrace's output was read at `nowNs`, and nothing newer than `heardNs` was in it; gives whether the kernel side is to be told. */
  heard({ heardNs, share }: Pick<Standing, 'heardNs' | 'share'>, nowNs: number): boolean {
    // One socket in many is told already: no less can be.
    if (heardNs === null || nowNs - heardNs < BEHIND_NS || share > 1) {
      this.#sinceNs = null;
      return false;
    }
    this.#sinceNs ??= nowNs;
    if (nowNs - this.#sinceNs < STANDS_NS || nowNs - this.#saidNs < EVERY_NS) return false;
    this.#saidNs = nowNs;
    return true;
  }
}
