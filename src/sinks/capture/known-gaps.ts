import type { GapEvent } from '../../core/model/event.ts';

type Known = Pick<GapEvent, 'fromNs' | 'toNs' | 'lost' | 'shed'>;

/** Gaps remembered; of more, the oldest are forgotten. */
const MOST = 10_000;

/** What was told to be missing, so that what is frozen later can say whether it is whole. Times are CLOCK_MONOTONIC, ns. */
export class KnownGaps {
  #gaps: Known[] = [];

  accept({ fromNs, toNs, lost, shed }: Known): void {
    this.#gaps.push({ fromNs, toNs, lost, shed });
    if (this.#gaps.length > 2 * MOST) this.#gaps = this.#gaps.slice(-MOST);
  }

  within(fromNs: number, toNs: number): { readonly gaps: number; readonly lost: number; readonly shed: number } {
    const touching = this.#gaps.filter((gap) => gap.toNs >= fromNs && gap.fromNs <= toNs);
    const sum = (of: (gap: Known) => number): number => touching.reduce((total, gap) => total + of(gap), 0);
    return { gaps: touching.length, lost: sum(({ lost }) => lost ?? 0), shed: sum(({ shed }) => shed) };
  }
}
