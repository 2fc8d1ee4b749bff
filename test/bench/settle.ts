import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { busyBetween } from './cpu.ts';

const LOOK_MS = 500;
const QUIET = 0.1;
const PATIENCE_MS = { full: 30_000, quick: 2_000 };

/**
 * Waits until the machine has nothing to do: what a round left behind (sockets in TIME_WAIT, a namespace on its way out) must not weigh on the
 * next.
 *
 * @returns the share of the machine that was still busy when patience ended, null where it came to rest.
 */
export async function settle({ quick, signal }: { quick: boolean; signal: AbortSignal }): Promise<number | null> {
  const untilMs = performance.now() + PATIENCE_MS[quick ? 'quick' : 'full'];
  for (;;) {
    const before = readFileSync('/proc/stat', 'latin1');
    await delay(LOOK_MS, undefined, { signal });
    const busy = busyBetween(before, readFileSync('/proc/stat', 'latin1'));
    if (busy <= QUIET) return null;
    if (performance.now() >= untilMs) return busy;
  }
}
