import type { GapCause, GapEvent, TierEvent } from '../model/event.ts';
import { type FindingCompleteness, MAX_LISTED } from '../model/finding.ts';

const WHOLE: FindingCompleteness = { whole: true, gaps: [], share: 1, words: null };

/** Gaps remembered at most: what is older is hardly in any finding's time. */
const GAPS = 256;

/** Gaps that hide nothing that happened: a reader's, and a sleep in which nothing did. */
const HARMLESS: ReadonlySet<GapCause> = new Set(['slow-reader', 'suspended']);

interface Hidden {
  readonly seq: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly cause: GapCause;
}

/** What could not be seen, and when: every finding says which of it was in its time. */
export class Blindness {
  readonly #gaps: Hidden[] = [];
  /** Steps of the tier, oldest first; the first says what held before. */
  readonly #shares: { readonly ns: number; readonly share: number }[] = [{ ns: Number.NEGATIVE_INFINITY, share: 1 }];

  gap({ seq, fromNs, toNs, cause }: GapEvent): void {
    if (HARMLESS.has(cause)) return;
    this.#gaps.push({ seq, fromNs, toNs, cause });
    if (this.#gaps.length > GAPS) this.#gaps.shift();
  }

  tier({ ns, share }: TierEvent): void {
    this.#shares.push({ ns, share });
    if (this.#shares.length > GAPS) this.#shares.shift();
  }

  /** From `sinceNs` until now. */
  since(sinceNs: number): FindingCompleteness {
    const gaps = this.#gaps.filter(({ toNs }) => toNs >= sinceNs);
    const share = this.#shares.reduce((most, step, at) => {
      const untilNs = this.#shares[at + 1]?.ns ?? Number.POSITIVE_INFINITY;
      return untilNs >= sinceNs ? Math.max(most, step.share) : most;
    }, 1);
    if (gaps.length === 0 && share === 1) return WHOLE;
    return { whole: false, gaps: gaps.slice(-MAX_LISTED).map(({ seq }) => seq), share, words: inWords(gaps, share) };
  }
}

function inWords(gaps: readonly Hidden[], share: number): string {
  const parts: string[] = [];
  if (gaps.length > 0) {
    const causes = [...new Set(gaps.map(({ cause }) => cause))].join(', ');
    parts.push(`${gaps.length === 1 ? 'a gap' : `${gaps.length} gaps`} in its time (${causes})`);
  }
  if (share > 1) parts.push(`only 1 socket in ${share} was told one by one`);
  return `Less sure than the evidence alone: ${parts.join('; ')}.`;
}
