import type { ProbeWire } from '../../formats/probe.ts';
import type { ProbeRow } from '../../formats/probes.ts';
import { HEALTHS } from './health-order.ts';
import { markOf, type ProbeMark } from './probe-mark.ts';

/** Marks kept of each target. */
export const MARKS = 60;
/** Whole attempts kept of the one target that is looked at closely: as many as the service keeps. */
const ATTEMPTS = 100;

/** One target as the page knows it: how it stands, and its last attempts as marks, oldest first. */
export interface ProbeTargetView {
  readonly target: string;
  readonly protocol: ProbeRow['protocol'];
  readonly health: ProbeRow['health'];
  readonly suspect: boolean;
  readonly misses: number;
  /** Null where this page has only seen single attempts of it. */
  readonly row: ProbeRow | null;
  /** The newest whole attempt that came here; null before one did. */
  readonly last: ProbeWire | null;
  readonly marks: readonly ProbeMark[];
}

/** The targets that are probed: those of the snapshot, and what came since. Marks outlive a snapshot: another filter does not undo an attempt. */
export class ProbeList {
  readonly #views = new Map<string, ProbeTargetView>();
  #watched: { readonly target: string; readonly attempts: readonly ProbeWire[] } | null = null;
  /** Whether the last snapshot spoke of probes at all. */
  #told = false;

  get told(): boolean {
    return this.#told;
  }

  get size(): number {
    return this.#views.size;
  }

  /** @param rows of a snapshot; undefined where nothing is probed, or the kind was not asked for. */
  reset(rows: readonly ProbeRow[] | undefined): void {
    this.#told = rows !== undefined;
    const before = new Map(this.#views);
    this.#views.clear();
    for (const row of rows ?? []) {
      const { target, protocol, health, suspect, misses } = row;
      const { last = null, marks = [] } = before.get(target) ?? {};
      this.#views.set(target, { target, protocol, health, suspect, misses, row, last, marks });
    }
  }

  /** Another run, or another machine. */
  clear(): void {
    this.#views.clear();
    if (this.#watched !== null) this.#watched = { ...this.#watched, attempts: [] };
  }

  /** An attempt, or more about one that was told before. */
  take(event: ProbeWire): void {
    const { target, protocol, standing } = event;
    this.#gather(target, [event]);
    const known = this.#views.get(target);
    const newest = known?.last === undefined || known.last === null || known.last.attempt <= event.attempt;
    const { health, suspect, misses } = newest ? standing : (known ?? standing);
    const marks = merged(known?.marks ?? [], [event]);
    const last = newest ? event : (known?.last ?? event);
    this.#views.set(target, { target, protocol, health, suspect, misses, row: known?.row ?? null, last, marks });
  }

  /** Attempts that were made before this page was opened, as `/api/v1/probes/{target}` lists them. */
  fill(target: string, attempts: readonly ProbeWire[]): void {
    this.#gather(target, attempts);
    const known = this.#views.get(target);
    if (known === undefined) return;
    const newest = attempts.reduce((best: ProbeWire | null, one) => (best === null || one.attempt > best.attempt ? one : best), known.last);
    this.#views.set(target, { ...known, last: newest, marks: merged(known.marks, attempts) });
  }

  /** Keeps this target's whole attempts from now on, instead of any other's. */
  watch(target: string): void {
    this.#watched = { target, attempts: [] };
  }

  unwatch(): void {
    this.#watched = null;
  }

  /** Of the target that is watched, oldest first, each as it was told last. */
  get attempts(): readonly ProbeWire[] {
    return this.#watched?.attempts ?? [];
  }

  get(target: string): ProbeTargetView | null {
    return this.#views.get(target) ?? null;
  }

  /** Those in trouble first, then by name. */
  get worstFirst(): readonly ProbeTargetView[] {
    return [...this.#views.values()].sort((a, b) => rank(a) - rank(b) || a.target.localeCompare(b.target));
  }

  #gather(target: string, events: readonly ProbeWire[]): void {
    if (this.#watched?.target !== target) return;
    const all = new Map(this.#watched.attempts.map((one) => [one.attempt, one]));
    for (const event of events) if ((all.get(event.attempt)?.seq ?? 0) <= event.seq) all.set(event.attempt, event);
    this.#watched = { target, attempts: [...all.values()].sort((a, b) => a.attempt - b.attempt).slice(-ATTEMPTS) };
  }
}

function rank({ health, suspect }: ProbeTargetView): number {
  return HEALTHS.indexOf(health) - (suspect ? 0.5 : 0);
}

/** One mark an attempt, the later word of it; oldest first, the newest {@link MARKS}. */
function merged(marks: readonly ProbeMark[], events: readonly ProbeWire[]): readonly ProbeMark[] {
  const all = new Map(marks.map((mark) => [mark.attempt, mark]));
  for (const event of events) all.set(event.attempt, markOf(event));
  return [...all.values()].sort((a, b) => a.attempt - b.attempt).slice(-MARKS);
}
