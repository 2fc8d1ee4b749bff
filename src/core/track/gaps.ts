import type { GapCause, GapPart } from '../model/event.ts';
import { describe, type Missing, partOf } from './loss.ts';

/** A gap to be told, before it is an event. */
export interface Gap {
  readonly cause: GapCause;
  readonly lost: number | null;
  /** 0 where not given. */
  readonly shed?: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly what: string | null;
  /** Empty where not given. */
  readonly parts?: readonly GapPart[];
}

/** Looks that a loss announced by bpftrace waits for the counters to say what it was. */
const PATIENCE = 4;
/** Looks from a loss to its telling: counters are printed every second look, and a reading is held against what came two looks later. */
const LATENESS = PATIENCE + 2;

/**
 * Gathers what is known to be missing between two looks and tells it as few gaps as say it all: a storm must not drown its own
 * message. bpftrace's word of a loss and the counters' are the same loss; the counters know what it was, so they are preferred.
 */
export class GapBook {
  #missing: Missing[] = [];
  #shedding: Missing[] = [];
  #announced = 0;
  #waited = 0;
  #faults = 0;
  #fault = '';
  /** The last looks, oldest first. */
  #looks: number[] = [];
  #lost = 0;
  #shed = 0;
  #gaps = 0;
  #undecodable = 0;
  #blindNs = 0;

  /** The counters are ahead. */
  missing(missing: Missing): void {
    this.#missing.push(missing);
  }

  /** The kernel side has counted, and not told. */
  shed(shed: Missing): void {
    this.#shedding.push(shed);
  }

  /** bpftrace said that it lost `count` events. */
  announced(count: number): void {
    this.#announced += count;
    this.#waited = 0;
  }

  /** A line was no record. */
  fault(line: string, why: string): void {
    this.#undecodable++;
    if (this.#faults++ === 0) this.#fault = `${why}: ${JSON.stringify(line)}`;
  }

  /** What is to be told now, at `ns`. Called at each heartbeat and when a run ends (`last`). */
  look(ns: number, last = false): Gap[] {
    const fromNs = this.#looks.at(-1) ?? ns;
    const sinceNs = this.#looks[0] ?? ns;
    const gaps: Gap[] = [];
    if (this.#missing.length > 0) gaps.push(this.#tellMissing(sinceNs, ns));
    if (this.#shedding.length > 0) {
      const { sum, what, parts } = sumUp(this.#shedding);
      gaps.push({ cause: 'shed', lost: 0, shed: sum, fromNs: sinceNs, toNs: ns, what, parts });
      this.#shedding = [];
    }
    if (this.#announced > 0 && (last || ++this.#waited > PATIENCE)) {
      gaps.push({ cause: 'buffer-full', lost: this.#announced, fromNs: sinceNs, toNs: ns, what: null });
      this.#announced = 0;
    }
    if (this.#faults > 0) {
      const more = this.#faults > 1 ? ` and ${this.#faults - 1} more` : '';
      gaps.push({ cause: 'undecodable', lost: null, fromNs, toNs: ns, what: `${this.#fault}${more}` });
      this.#faults = 0;
    }
    this.#looks.push(ns);
    if (this.#looks.length > LATENESS) this.#looks.shift();
    return gaps;
  }

  /** Counts a gap that is told. */
  told(gap: Gap): void {
    this.#gaps++;
    this.#lost += gap.lost ?? 0;
    this.#shed += gap.shed ?? 0;
    if (gap.cause === 'blind') this.#blindNs += gap.toNs - gap.fromNs;
  }

  get totals(): { gaps: number; lost: number; shed: number; undecodable: number; blindNs: number } {
    return { gaps: this.#gaps, lost: this.#lost, shed: this.#shed, undecodable: this.#undecodable, blindNs: this.#blindNs };
  }

  /** One gap, with what was lost in order of size. */
  #tellMissing(fromNs: number, toNs: number): Gap {
    const { sum: lost, what, parts } = sumUp(this.#missing);
    const announced = Math.min(this.#announced, lost);
    this.#announced -= announced;
    this.#missing = [];
    return { cause: announced > 0 ? 'buffer-full' : 'unaccounted', lost, fromNs, toNs, what, parts };
  }
}

/** All together, the largest by name, and all by number. */
function sumUp(missing: readonly Missing[]): { sum: number; what: string; parts: GapPart[] } {
  const sorted = missing.toSorted((a, b) => b.lost - a.lost);
  const sum = sorted.reduce((so, { lost }) => so + lost, 0);
  const named = sorted.slice(0, 6).map((one) => `${describe(one)} ×${one.lost}`);
  const what = named.join(', ') + (sorted.length > 6 ? ` and ${sorted.length - 6} more kinds` : '');
  return { sum, what, parts: sorted.map(partOf) };
}
