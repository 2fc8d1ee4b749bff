import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 20;

/**
 * Asks again and again until `look` gives something true, and gives that.
 *
 * @throws Error with the words of `what` where it has not come within `timeoutMs`.
 */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(STEP_MS);
  }
}
