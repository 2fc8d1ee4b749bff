import type { GapEvent } from '../core/model/event.ts';
import type { Standing } from '../core/track/sight.ts';

/** Transitions are some 30 ms old at most when they are read. Locked buffers hold a second of a flat-out storm; what is older is lost, or displaces what is new. */
const BEHIND_NS = 200e6;
/** Reading stands still that long at times, for a listing or a collection of garbage, */
const STANDS_NS = 150e6;
/** and catches up: then what is read grows younger, by at least so much of the time that passes. */
const CATCHING_UP = 0.2;
/** Small buffers (64 pages, without CAP_IPC_LOCK) overflow before anything in them is old. A loss of fewer may be chance. */
const LOST = 500;
/** Between two words to the kernel side. */
const EVERY_NS = 1e9;

/** Whether what is read stays old, or is lost: then bpftrace or this process has not the CPU time for it, and the kernel side must tell less, whatever its budget. */
export class Behind {
  /** Since when, and how old it was then. */
  #since: { readonly ns: number; readonly behindNs: number } | null = null;
  #saidNs = Number.NEGATIVE_INFINITY;

  /** A piece of bpftrace's output was read at `nowNs`, and nothing newer than `heardNs` was in it; gives whether the kernel side is to be told. */
  heard({ heardNs, share }: Pick<Standing, 'heardNs' | 'share'>, nowNs: number): boolean {
    const behindNs = nowNs - (heardNs ?? nowNs);
    // One socket in many is told already: no less can be.
    if (behindNs < BEHIND_NS || share > 1) {
      this.#since = null;
      return false;
    }
    this.#since ??= { ns: nowNs, behindNs };
    const passedNs = nowNs - this.#since.ns;
    if (passedNs < STANDS_NS) return false;
    if (this.#since.behindNs - behindNs >= passedNs * CATCHING_UP) {
      this.#since = { ns: nowNs, behindNs };
      return false;
    }
    return this.#say(nowNs);
  }

  /** A gap was told at `nowNs`; gives the same where it says that much was lost. */
  told({ cause, lost }: GapEvent, { share }: Pick<Standing, 'share'>, nowNs: number): boolean {
    const isLoss = cause === 'unaccounted' || cause === 'buffer-full';
    return share === 1 && isLoss && (lost ?? 0) >= LOST && this.#say(nowNs);
  }

  #say(nowNs: number): boolean {
    if (nowNs - this.#saidNs < EVERY_NS) return false;
    this.#saidNs = nowNs;
    return true;
  }
}
