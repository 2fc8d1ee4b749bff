import { type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import type { GcPause, LoopStall, LoopView } from '../../core/model/probe.ts';
import { nowNs } from '../clock.ts';

/** How often the loop is asked to show that it turns. */
const EVERY_MS = 10;
/** A turn that comes later than this is a stall; timers alone are up to a millisecond or two late. */
const STALL_MS = 5;
const KEPT = 256;

/**
 * When this thread's event loop last turned, when it did not, and when the garbage collector held it. A timer of 10 ms tells it: cheap enough to run always, fine enough to
 * hold against an attempt's moments. One a thread; it keeps no process alive.
 */
export class LoopWatch implements Disposable {
  readonly #stalls: LoopStall[] = [];
  readonly #pauses: GcPause[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #collector = new PerformanceObserver((list) => this.#take(list.getEntries()));
  #turnNs = nowNs();
  #busy = performance.eventLoopUtilization();

  constructor() {
    this.#timer = setInterval(() => this.#turn(nowNs()), EVERY_MS);
    this.#timer.unref();
    this.#collector.observe({ entryTypes: ['gc'] });
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

  /** Pauses of the garbage collector that overlap `[fromNs, toNs]`. */
  pausesBetween(fromNs: number, toNs: number): GcPause[] {
    // Node hands them over a turn later; an attempt that ends now asks for them now.
    this.#take(this.#collector.takeRecords());
    return this.#pauses.filter((pause) => pause.toNs >= fromNs && pause.fromNs <= toNs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#collector.disconnect();
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

  /** Entries are in ms of performance.now(), another origin of the same clock. */
  #take(entries: readonly PerformanceEntry[]): void {
    const originNs = nowNs() - performance.now() * 1e6;
    for (const { startTime, duration } of entries) {
      this.#pauses.push({ fromNs: originNs + startTime * 1e6, toNs: originNs + (startTime + duration) * 1e6 });
      if (this.#pauses.length > KEPT) this.#pauses.shift();
    }
  }

  #stallAt(ns: number): LoopStall | null {
    const dueNs = this.#turnNs + EVERY_MS * 1e6;
    if (ns - dueNs < STALL_MS * 1e6) return null;
    const busyNs = Math.min(performance.eventLoopUtilization(this.#busy).active * 1e6, ns - this.#turnNs);
    // Where JavaScript held it the whole time, that began before the turn was due.
    return { fromNs: Math.min(dueNs, ns - busyNs), toNs: ns, busyNs };
  }
}
