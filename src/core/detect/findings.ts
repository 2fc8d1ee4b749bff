import { CONFIDENCES, type Confidence, type Finding, type FindingCompleteness, type FindingPhase } from '../model/finding.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { Beyond } from './beyond.ts';
import type { Blindness } from './blindness.ts';
import type { Standing, Told } from './standing.ts';

export interface FindingsOptions {
  readonly detector: string;
  readonly blindness: Blindness;
  /** Adds where its subject runs; it began at `sinceNs`. @default adds nothing */
  place?(told: Told, sinceNs: number): Told;
  /** Tells a finding, and gives the number of its event. */
  tell(ns: number, finding: (seq: number, wallUs: (ns: number) => number) => Finding): void;
}

/** Bounds of talk and memory; a detector may not exceed them, whatever happens. */
export const LIMITS = {
  /** Open findings of one detector; what is beyond is told together, as one. */
  open: 16,
  /** Least time between two updates of one finding that has become worse, better or surer, ns. */
  changeNs: 1e9,
  /** Least time between two updates that only have other figures, ns. */
  figuresNs: 15e9,
  /** How long it must be over before that is said, ns; a detector may ask for longer. */
  restNs: 5e9,
  /** How long after its end the same is not opened again unless it is critical, ns: what flaps is told as one that goes on. */
  cooldownNs: 10e9,
  /** Ended ones remembered for that. */
  ended: 256,
  /** Subjects beyond the open ones that are remembered, and how long after they were last seen, ns. */
  beyond: 4096,
  beyondNs: 60e9,
} as const;

/** The key of the finding that tells what is beyond those that are open. No detector's key is empty. */
const BEYOND = '';

interface Open {
  readonly id: string;
  readonly sinceNs: number;
  standing: Standing;
  confidence: Confidence;
  completeness: FindingCompleteness;
  told: Told;
  toldNs: number;
  /** The standing that was told last. */
  toldStanding: Standing;
  /** Since when it is over, and what cleared it; null while it is not. */
  over: { readonly ns: number; readonly words: string; readonly restNs: number } | null;
}

/** The findings of one detector, by its own key of the subject: each opens once, updates seldom, and is resolved with what cleared it. */
export class Findings {
  readonly #options: FindingsOptions;
  readonly #open = new Map<string, Open>();
  /** When the last finding of a key ended. */
  readonly #ended = new Map<string, number>();
  readonly #beyond: Beyond;

  constructor(options: FindingsOptions) {
    this.#options = options;
    this.#beyond = new Beyond(LIMITS.beyond, LIMITS.beyondNs);
  }

  /** The symptom is there at `ns`. `tell` is called only where something is said. */
  see(key: string, ns: number, standing: Standing, tell: () => Told): void {
    const open = this.#open.get(key);
    if (open === undefined) {
      this.#begin(key, ns, standing, tell);
      return;
    }
    open.over = null;
    open.standing = standing;
    const completeness = this.#options.blindness.since(open.sinceNs);
    const confidence = lowered(standing.confidence, completeness);
    const changed =
      standing.severity !== open.toldStanding.severity || confidence !== open.confidence || completeness.whole !== open.completeness.whole;
    const moved = Math.abs(standing.size - open.toldStanding.size) >= 0.25 * Math.max(1, Math.abs(open.toldStanding.size));
    if (!(changed && ns - open.toldNs >= LIMITS.changeNs) && !(moved && ns - open.toldNs >= LIMITS.figuresNs)) return;
    open.told = this.#placed(tell(), open.sinceNs);
    open.confidence = confidence;
    open.completeness = completeness;
    this.#say('update', open, ns);
  }

  /** The symptom is not there at `ns`, and why; where that stays so for `restNs` it is resolved with these words. */
  clear(key: string, ns: number, words: string, restNs: number = LIMITS.restNs): void {
    const open = this.#open.get(key);
    if (open === undefined) this.#beyond.delete(key);
    else open.over ??= { ns, words, restNs };
  }

  /** Resolves at once: the subject is gone, so it cannot come back. */
  end(key: string, ns: number, words: string): void {
    const open = this.#open.get(key);
    this.#beyond.delete(key);
    if (open !== undefined) this.#resolve(key, open, ns, words);
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** The keys of those that are open. */
  keys(): string[] {
    return [...this.#open.keys()].filter((key) => key !== BEYOND);
  }

  /** Those not opened by themselves because too many were. */
  get leftOut(): number {
    return this.#beyond.total;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Time passes: what has been over for long enough is resolved. Called by the engine. */
  tick(ns: number): void {
    for (const [key, open] of this.#open) {
      if (open.over !== null && ns - open.over.ns >= open.over.restNs) this.#resolve(key, open, ns, open.over.words);
    }
    if (!this.#open.has(BEYOND)) return;
    this.#beyond.expire(ns);
    if (this.#beyond.size === 0) this.clear(BEYOND, ns, `No more than ${LIMITS.open} are left: each is told by itself.`, 0);
  }

  #begin(key: string, ns: number, standing: Standing, tell: () => Told): void {
    const endedNs = this.#ended.get(key);
    if (endedNs !== undefined && ns - endedNs < LIMITS.cooldownNs && standing.severity !== 'critical') return;
    if (key !== BEYOND && this.#open.size - (this.#open.has(BEYOND) ? 1 : 0) >= LIMITS.open) {
      this.#beyond.see(key, ns, standing, tell);
      this.see(BEYOND, ns, this.#beyond.standing, () => this.#beyond.tell(LIMITS.open));
      return;
    }
    this.#beyond.delete(key);
    const { sinceNs } = standing;
    const completeness = this.#options.blindness.since(sinceNs);
    const confidence = lowered(standing.confidence, completeness);
    const told = this.#placed(tell(), sinceNs);
    this.#options.tell(ns, (seq, wallUs) => {
      const id = `${this.#options.detector}-${seq}`;
      const open: Open = { id, sinceNs, standing, confidence, completeness, told, toldNs: ns, toldStanding: standing, over: null };
      this.#open.set(key, open);
      return this.#finding('open', open, wallUs, told.summary);
    });
  }

  #placed(told: Told, sinceNs: number): Told {
    return this.#options.place?.(told, sinceNs) ?? told;
  }

  #say(phase: FindingPhase, open: Open, ns: number, summary = open.told.summary): void {
    open.toldNs = ns;
    open.toldStanding = open.standing;
    this.#options.tell(ns, (_, wallUs) => this.#finding(phase, open, wallUs, summary));
  }

  #resolve(key: string, open: Open, ns: number, words: string): void {
    this.#open.delete(key);
    keepNewest(this.#ended, key, ns, LIMITS.ended);
    open.completeness = this.#options.blindness.since(open.sinceNs);
    open.confidence = lowered(open.standing.confidence, open.completeness);
    this.#say('resolved', open, ns, words);
  }

  #finding(phase: FindingPhase, open: Open, wallUs: (ns: number) => number, summary: string): Finding {
    const { id, confidence, completeness, told, standing } = open;
    return {
      id,
      detector: this.#options.detector,
      phase,
      severity: standing.severity,
      confidence,
      subject: told.subject,
      since: wallUs(open.sinceNs),
      summary,
      evidence: told.evidence,
      against: told.against ?? [],
      completeness,
      advice: told.advice ?? [],
    };
  }
}

/** One step less sure where something in its time could not be seen. */
function lowered(confidence: Confidence, { whole }: FindingCompleteness): Confidence {
  return whole ? confidence : (CONFIDENCES[CONFIDENCES.indexOf(confidence) - 1] ?? 'suspected');
}
