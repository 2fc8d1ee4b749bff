import { effect } from '@preact/signals';
import { fromAddress, inAddress } from '../../model/replay-position.ts';
import type { Page } from '../page.ts';

/** Two positions that an address cannot tell apart, ms. */
const NEAR_MS = 1.5;

/**
 * A replay that stands has its place in the address, `at=`. A link with one leads there when it is opened, and only then: the way back through
 * the browser's history steers nobody, for others may look at the same replay.
 */
export function followPosition(page: Page): void {
  let opened = false;
  effect(() => {
    const state = page.store.replay.value?.state;
    if (state === undefined) return;
    if (!opened) {
      opened = true;
      seekFromAddress(page);
      return;
    }
    if (state.seeking === null) page.set('at', state.playing ? '' : inAddress(state.atMs));
  });
}

/** Goes to where the address says, and stands there: only what stood has an address. */
function seekFromAddress(page: Page): void {
  const state = page.store.replay.peek()?.state;
  const atMs = fromAddress(page.params.peek()['at']);
  if (state === undefined || atMs === null) return;
  if (state.playing) page.steering.toggle();
  if (Math.abs(atMs - state.atMs) > NEAR_MS) page.steering.seek(atMs);
}
