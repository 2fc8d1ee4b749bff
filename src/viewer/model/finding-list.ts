import type { FindingEventWire } from '../../formats/event.ts';
import type { FindingsView } from '../../formats/findings.ts';

const ORDER = ['critical', 'warning', 'info'];
/** Resolved ones kept, and steps kept of each finding. */
const RESOLVED = 100;
const STEPS = 50;

/** One word of a finding: when, and how bad it was then. */
export interface FindingStep {
  readonly seq: number;
  readonly at: string;
  readonly phase: FindingEventWire['phase'];
  readonly severity: FindingEventWire['severity'];
}

/** The findings: those of the snapshot, what came since, and those that are over. */
export class FindingList {
  #open: ReadonlyMap<string, FindingEventWire> = new Map();
  #resolved: ReadonlyMap<string, FindingEventWire> = new Map();
  readonly #steps = new Map<string, readonly FindingStep[]>();

  reset(findings: readonly FindingEventWire[]): void {
    this.#open = new Map(findings.map((finding) => [finding.id, finding]));
    for (const finding of findings) this.#step(finding);
  }

  /** Another run numbers them anew. */
  clear(): void {
    this.#open = new Map();
    this.#resolved = new Map();
    this.#steps.clear();
  }

  take(finding: FindingEventWire): void {
    // A snapshot may show already what a batch says again.
    const known = this.#open.get(finding.id);
    if (known !== undefined && known.seq > finding.seq) return;
    this.#step(finding);
    const open = new Map(this.#open);
    if (finding.phase === 'resolved') {
      open.delete(finding.id);
      this.#over([finding]);
    } else open.set(finding.id, finding);
    this.#open = open;
  }

  /** The service's own list: what was resolved before this page was opened. */
  fill({ resolved }: Pick<FindingsView, 'resolved'>): void {
    this.#over(resolved);
    for (const finding of resolved) this.#step(finding);
  }

  get(id: string): FindingEventWire | null {
    return this.#open.get(id) ?? this.#resolved.get(id) ?? null;
  }

  /** The worst first, then the latest. */
  get worstFirst(): readonly FindingEventWire[] {
    return [...this.#open.values()].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.seq - a.seq);
  }

  /** The one resolved last comes first. */
  get resolved(): readonly FindingEventWire[] {
    return [...this.#resolved.values()];
  }

  /** What this page heard of one, oldest first. */
  steps(id: string): readonly FindingStep[] {
    return this.#steps.get(id) ?? [];
  }

  #over(findings: readonly FindingEventWire[]): void {
    const all = [...findings, ...this.#resolved.values()];
    const newest = new Map<string, FindingEventWire>();
    for (const finding of all.sort((a, b) => b.seq - a.seq).slice(0, RESOLVED))
      if (!newest.has(finding.id)) newest.set(finding.id, finding);
    for (const id of this.#resolved.keys()) if (!newest.has(id)) this.#steps.delete(id);
    this.#resolved = newest;
  }

  #step({ id, seq, at, phase, severity }: FindingEventWire): void {
    const known = this.#steps.get(id) ?? [];
    if (known.some((step) => step.seq === seq)) return;
    const steps = [...known, { seq, at, phase, severity }].sort((a, b) => a.seq - b.seq);
    this.#steps.set(id, steps.slice(-STEPS));
  }
}
