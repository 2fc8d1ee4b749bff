import { performance } from 'node:perf_hooks';
import type { LoopStall, LoopView } from '../../core/model/probe.ts';
import { nowNs } from '../clock.ts';

/** How often the loop is asked to show that it turns. */
const EVERY_MS = 10;
/** A turn that comes later than this is a stall; timers alone are up to a millisecond or two late. */
const STALL_MS = 5;
const KEPT = 256;

/**
 * When this thread's event loop last turned, and when it did not. A timer of 10 ms tells it: cheap enough to run always, fine enough to
 * hold against an attempt's moments. One a thread; it keeps no process alive.
 */
export class LoopWatch implements Disposable {
  readonly #stalls: LoopStall[] = [];
  readonly #timer: NodeJS.Timeout;
  #turnNs = nowNs();
  #busy = performance.eventLoopUtilization();

  constructor() {
    this.#timer = setInterval(() => this.#turn(nowNs()), EVERY_MS);
    this.#timer.unref();
  }

  /** The loop's last turn, and how overdue the next one is at `ns`. */
  at(ns: number): Pick<LoopView, 'lastFreeNs' | 'lagNs'> {
    return { lastFreeNs: this.#turnNs, lagNs: Math.max(0, ns - this.#turnNs - EVERY_MS * 1e6) };
  }

  /** Stalls that overlap `[fromNs, toNs]`, one that still lasts included. */
  between(fromNs: number, toNs: number): LoopStall[] {
    const found = this.#stalls.filter((stall) => stall.toNs >= fromNs && stall.fromNs <= toNs);
    const last = this.#stallAt(toNs);
    return last === null ? found : [...found, last];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #turn(ns: number): void {
    const stall = this.#stallAt(ns);
    if (stall !== null) {
      this.#stalls.push(stall);
      if (this.#stalls.length > KEPT) this.#stalls.shift();
    }
    this.#turnNs = ns;
    this.#busy = performance.eventLoopUtilization();
  }

  #stallAt(ns: number): LoopStall | null {
    const dueNs = this.#turnNs + EVERY_MS * 1e6;
    if (ns - dueNs < STALL_MS * 1e6) return null;
    const busyNs = performance.eventLoopUtilization(this.#busy).active * 1e6;
    return { fromNs: dueNs, toNs: ns, busyNs: Math.min(busyNs, ns - this.#turnNs) };
  }
}
