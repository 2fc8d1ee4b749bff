import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late work began on a thread, ms. */
export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * Between looks. Each wakes an idle process: of the 60 wake-ups a second of a whole idle observer 20 were these at 50 ms, and all may take 0.01 of a
 * core. A delay shorter than this is seen when a look falls into it.
 */
const RESOLUTION_MS = 250;
/** What the figures are of. */
const SPAN_NS = 5e9;

/**
 * How late this thread's event loop turns, over the last whole {@link SPAN_NS}. Whoever works long delays everything else on the thread
 * by as much.
 */
export class LoopDelay implements Disposable {
  readonly #monitor: ReturnType<typeof monitorEventLoopDelay>;
  #sinceNs: number;
  #span: Delay | null = null;

  constructor(nowNs: number) {
    this.#sinceNs = nowNs;
    this.#monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#monitor.enable();
  }

  /** Time has passed; a span that is over becomes what is told. */
  turn(nowNs: number): void {
    if (nowNs - this.#sinceNs < SPAN_NS) return;
    this.#span = this.#read();
    this.#sinceNs = nowNs;
    this.#monitor.reset();
  }

  /** Null before the first span is over. */
  get figures(): Delay | null {
    return this.#span;
  }

  [Symbol.dispose](): void {
    this.#monitor.disable();
  }

  #read(): Delay | null {
    if (this.#monitor.count === 0) return null;
    // It measures from one look to the next: of an idle loop, its own resolution.
    const late = (ns: number): number => Math.max(0, Math.round(ns / 1e4 - RESOLUTION_MS * 100) / 100);
    const { max } = this.#monitor;
    return { p50Ms: late(this.#monitor.percentile(50)), p99Ms: late(this.#monitor.percentile(99)), maxMs: late(max) };
  }
}
