import type { FindingEventWire } from '../../formats/event.ts';

const ORDER = ['critical', 'warning', 'info'];

/** The open findings: those of the snapshot, and what came since. */
export class FindingList {
  #open: ReadonlyMap<string, FindingEventWire> = new Map();

  reset(findings: readonly FindingEventWire[]): void {
    this.#open = new Map(findings.map((finding) => [finding.id, finding]));
  }

  take(finding: FindingEventWire): void {
    // A snapshot may show already what a batch says again.
    const known = this.#open.get(finding.id);
    if (known !== undefined && known.seq > finding.seq) return;
    const open = new Map(this.#open);
    if (finding.phase === 'resolved') open.delete(finding.id);
    else open.set(finding.id, finding);
    this.#open = open;
  }

  /** The worst first, then the latest. */
  get worstFirst(): readonly FindingEventWire[] {
    return [...this.#open.values()].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.seq - a.seq);
  }
}
