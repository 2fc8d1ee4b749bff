import type { Pipeline } from '../core/pipeline.ts';

/** Beyond 2 % and 10 entries, for so long; then a listing, twice a minute at most. */
const LEAST = 10;
const SHARE = 0.02;
const STANDS_NS = 2e9;
const PAUSE_NS = 30e9;

/**
 * Whether the ledger of TIME_WAIT stays apart from the kernel's own count (an overflow of tcp_max_tw_buckets, a namespace whose inode another one
 * has now). Then only a listing helps; it costs milliseconds a thousand sockets, so not often.
 */
export class Apart {
  /** Since when, look after look. */
  readonly #sinceNs = new Map<number | null, number>();
  #listedNs = Number.NEGATIVE_INFINITY;

  callsForListing(
    { timeWait: ledger, nowNs: lastNs, state }: Pick<Pipeline, 'timeWait' | 'nowNs' | 'state'>,
    netns: number | null,
    nowNs: number,
  ): boolean {
    const { timeWait, finWait2, kernel } = ledger.population(netns, lastNs);
    const apart = kernel !== null && Math.abs(timeWait + finWait2 - kernel) > Math.max(LEAST, kernel * SHARE);
    // In a storm a listing would cost more than all else, and be old at once.
    if (state.share > 1) return false;
    const sinceNs = this.#sinceNs.get(netns) ?? nowNs;
    if (!apart) this.#sinceNs.delete(netns);
    else this.#sinceNs.set(netns, sinceNs);
    if (!apart || nowNs - sinceNs < STANDS_NS || nowNs - this.#listedNs < PAUSE_NS) return false;
    this.#listedNs = nowNs;
    return true;
  }
}
