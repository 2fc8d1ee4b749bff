import type { Notes, TraceWriter, TrackOptions } from './trace-writer.ts';

/** A track on which time never goes back: what came late is put to the last moment there was, and says when it was. */
export class Line {
  readonly #trace: TraceWriter;
  readonly #track: number;
  #lastNs = 0;
  #open = 0;

  constructor(trace: TraceWriter, options: TrackOptions) {
    this.#trace = trace;
    this.#track = trace.track(options);
  }

  /** The last moment on it. */
  get lastNs(): number {
    return this.#lastNs;
  }

  begin(ns: number, name: string, notes: Notes = {}, flow: number | null = null): void {
    this.#trace.begin(this.#track, this.#at(ns), name, this.#late(ns, notes), flow);
    this.#open++;
  }

  /** Ends the innermost slice; nothing where there is none. */
  end(ns: number, notes: Notes = {}): void {
    if (this.#open === 0) return;
    this.#open--;
    this.#trace.end(this.#track, this.#at(ns), this.#late(ns, notes));
  }

  instant(ns: number, name: string, notes: Notes = {}): void {
    this.#trace.instant(this.#track, this.#at(ns), name, this.#late(ns, notes));
  }

  #at(ns: number): number {
    this.#lastNs = Math.max(this.#lastNs, Math.round(ns));
    return this.#lastNs;
  }

  #late(ns: number, notes: Notes): Notes {
    return Math.round(ns) < this.#lastNs ? { ...notes, ns: Math.round(ns) } : notes;
  }
}

/** Side by side at most. */
const MOST = 64;

/** Tracks of one name, as many as it takes that whole slices on each of them follow one another; a reader shows them as one. */
export class Lanes {
  readonly #trace: TraceWriter;
  readonly #options: TrackOptions;
  readonly #lines: Line[] = [];

  constructor(trace: TraceWriter, options: Omit<TrackOptions, 'merged'>) {
    this.#trace = trace;
    this.#options = { ...options, merged: true };
  }

  /** One that is free from `ns` on; where all are taken, the one that is free first. */
  freeFrom(ns: number): Line {
    const free = this.#lines.find((line) => line.lastNs <= Math.round(ns));
    if (free !== undefined) return free;
    if (this.#lines.length < MOST) {
      const line = new Line(this.#trace, this.#options);
      this.#lines.push(line);
      return line;
    }
    return this.#lines.reduce((first, line) => (line.lastNs < first.lastNs ? line : first));
  }
}
