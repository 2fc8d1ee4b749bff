import type { FindingEventWire } from '../../../formats/event.ts';
import { duration } from '../../../formats/words/amount.ts';
import { microseconds } from '../../model/server-clock.ts';
import type { Page } from '../page.ts';

/** The moment that the page shows, by the observed machine's clock, ms since 1970. */
export function shownWallMs(page: Page): number {
  const { clock } = page.store;
  const nowNs = clock.nowNs(page.shownMs.value);
  return (nowNs === null ? null : clock.wallMs(nowNs)) ?? Date.now();
}

/** `for 2 min 03 s`, or `lasted 40 s, over for 10 s`. */
export function ageInWords(page: Page, { since, at, phase }: FindingEventWire): string {
  const nowUs = shownWallMs(page) * 1000;
  const rough = (us: number): string => (us < 1e6 ? 'under 1 s' : duration(Math.round(us / 1e6) * 1e6));
  if (phase !== 'resolved') return `for ${rough(nowUs - microseconds(since))}`;
  return `lasted ${rough(microseconds(at) - microseconds(since))}, over for ${rough(nowUs - microseconds(at))}`;
}
