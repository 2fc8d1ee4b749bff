import type { FindingEvent } from '../../core/model/event.ts';
import { Line } from './line.ts';
import type { TraceWriter } from './trace-writer.ts';

/** A slice a finding, from when it began to when it was over; what is said of it meanwhile as instants. */
export class FindingTracks {
  readonly #trace: TraceWriter;
  readonly #parent: number;
  /** Of those that are open. */
  readonly #lines = new Map<string, Line>();

  constructor(trace: TraceWriter, parent: number) {
    this.#trace = trace;
    this.#parent = parent;
  }

  finding(event: FindingEvent): void {
    const { id, detector, phase, ns, wallUs, since, summary, seq, severity, confidence } = event;
    const known = this.#lines.get(id);
    const line = known ?? new Line(this.#trace, { name: detector, parent: this.#parent, merged: true });
    const notes = { severity, confidence, summary };
    if (known === undefined) {
      this.#lines.set(id, line);
      const because = Object.fromEntries(event.evidence.map(({ words }, at) => [`evidence ${at + 1}`, words]));
      const advice = Object.fromEntries(event.advice.map(({ words }, at) => [`advice ${at + 1}`, words]));
      // Found at ns, begun before.
      line.begin(ns - Math.max(0, wallUs - since) * 1000, `${detector}: ${summary}`, {
        seq,
        id,
        ...notes,
        ...because,
        ...advice,
        foundNs: Math.round(ns),
      });
    } else if (phase !== 'resolved') line.instant(ns, `update: ${severity}, ${confidence}`, { seq, ...notes });
    if (phase !== 'resolved') return;
    this.#lines.delete(id);
    line.end(ns, known === undefined ? {} : { endSeq: seq, resolved: summary });
  }
}
