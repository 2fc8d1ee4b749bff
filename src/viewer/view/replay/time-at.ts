import type { ReplayState } from '../../../formats/replay.ts';
import type { Page } from '../page.ts';

/** A position by the observed machine’s clock, RFC 3339, to the millisecond. */
export function timeAt(page: Page, { at, atMs: heardMs }: ReplayState, atMs: number): string {
  const from = page.steering.view.value?.capture.from;
  const ms = from === undefined ? Date.parse(at) + atMs - heardMs : Date.parse(from) + atMs;
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
