import type { Figures } from '../exporter.ts';
import type { TraceWriter } from './trace-writer.ts';

/** Wall clock or sleep must have moved by more than this against CLOCK_MONOTONIC to be told again, ns. */
const MOVED_NS = 100_000;

const CURVES = {
  sockets: 'sockets',
  timeWait: 'TIME_WAIT, our ledger',
  timeWaitKernel: 'TIME_WAIT, the kernel’s count',
  perSecond: 'events per second',
  lost: 'records lost',
  shed: 'records shed',
} as const;
type Curve = keyof typeof CURVES;

const UNITS: Readonly<Record<Curve, string>> = {
  sockets: 'sockets',
  timeWait: 'four-tuples',
  timeWaitKernel: 'four-tuples',
  perSecond: 'events/s',
  lost: 'records',
  shed: 'records',
};

/** Figures as counter tracks, and the clocks' relation whenever it has changed. */
export class Curves {
  readonly #trace: TraceWriter;
  readonly #tracks: Readonly<Record<Curve, number>>;
  readonly #last = new Map<Curve, number>();
  #before: Figures | null = null;
  #events = 0;
  #told: { realNs: number; bootNs: number | null } | null = null;

  constructor(trace: TraceWriter, parent: number) {
    this.#trace = trace;
    const entries = Object.entries(CURVES).map(([curve, name], rank) => [
      curve,
      trace.track({ name, parent, rank, unit: UNITS[curve as Curve] }),
    ]);
    this.#tracks = Object.fromEntries(entries) as Record<Curve, number>;
  }

  event(): void {
    this.#events++;
  }

  figures(figures: Figures): void {
    const { ns, sockets, timeWait, timeWaitKernel, lost, shed } = figures;
    const seconds = this.#before === null ? 0 : (ns - this.#before.ns) / 1e9;
    this.#clocks(figures);
    this.#draw(ns, { sockets, timeWait, timeWaitKernel, lost, shed, perSecond: seconds > 0 ? this.#events / seconds : null });
    if (seconds > 0 || this.#before === null) {
      this.#before = figures;
      this.#events = 0;
    }
  }

  /** A curve keeps its height until it is told anew. */
  #draw(ns: number, values: Readonly<Record<Curve, number | null>>): void {
    for (const [curve, value] of Object.entries(values) as [Curve, number | null][]) {
      if (value === null || this.#last.get(curve) === value) continue;
      this.#last.set(curve, value);
      this.#trace.counter(this.#tracks[curve], ns, value);
    }
  }

  #clocks({ ns, wallUs, bootOffsetNs }: Figures): void {
    const realNs = wallUs * 1000 - ns;
    const { realNs: toldNs, bootNs } = this.#told ?? { realNs: Number.NaN, bootNs: null };
    const same =
      Math.abs(realNs - toldNs) <= MOVED_NS && (bootOffsetNs === null || (bootNs !== null && Math.abs(bootOffsetNs - bootNs) <= MOVED_NS));
    if (same) return;
    this.#told = { realNs, bootNs: bootOffsetNs };
    this.#trace.clocks({ ns, wallUs, bootNs: bootOffsetNs === null ? null : ns + bootOffsetNs });
  }
}
