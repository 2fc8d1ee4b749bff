import { effect } from '@preact/signals';
import { fromAddress, inAddress } from '../../model/replay-position.ts';
import type { Page } from '../page.ts';

/** Two positions that an address cannot tell apart, ms. */
const NEAR_MS = 1.5;

/** A replay that stands has its place in the address, `at=`; a link with one leads there, once, when it is opened. */
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

/** Goes to where the address says, where that is elsewhere. */
export function seekFromAddress(page: Page): void {
  const state = page.store.replay.peek()?.state;
  const atMs = fromAddress(page.params.peek()['at']);
  if (state !== undefined && atMs !== null && Math.abs(atMs - state.atMs) > NEAR_MS) page.steering.seek(atMs);
}
