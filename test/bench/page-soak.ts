import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Context, Figure } from './benchmark.ts';
import { StormNamespace } from './load.ts';

/** Connections a second, ten events each. */
const RATE = 1000;

/**
 * Half an hour of it, view after view. The heap is taken at every step; TIME_WAIT's ledger and the page's rows have found their size long
 * before the middle, so what still grows from there to the end is a leak.
 */
const SOAK = { minutes: 30, steps: 6, eachViewSeconds: 30, mostGrowth: 1.05 };

/** Half an hour, which nobody waits for who only wants to see that it runs: SYNOPTIC_SOAK_MINUTES says otherwise. */
export function soakMinutes(): number {
  const minutes = Number(process.env['SYNOPTIC_SOAK_MINUTES'] ?? SOAK.minutes);
  if (!(minutes > 0)) throw new Error('SYNOPTIC_SOAK_MINUTES is no number of minutes');
  return minutes;
}

/** @returns MB of heap after a forced collection: at the start, then after each step. */
export async function soak(shown: Page, views: readonly string[], context: Context): Promise<number[]> {
  await using namespace = new StormNamespace();
  const heaps = [await heapMb(shown)];
  const minutes = soakMinutes();
  const stepSeconds = (minutes * 60) / SOAK.steps;
  const storm = namespace.run({ rate: RATE, seconds: minutes * 60 }, context.signal);
  storm.catch(() => undefined); // told where it is waited for
  let turn = 0;
  for (let step = 1; step <= SOAK.steps; step++) {
    for (let rest = stepSeconds; rest > 0; rest -= SOAK.eachViewSeconds) {
      await shown.getByTestId(`tab-${views[turn++ % views.length]}`).click();
      await Promise.race([delay(Math.min(SOAK.eachViewSeconds, rest) * 1000, undefined, { signal: context.signal }), storm]);
    }
    heaps.push(await heapMb(shown));
    context.say(`${(step * stepSeconds) / 60} of ${minutes} min: ${heaps.at(-1)?.toFixed(1)} MB`);
  }
  await storm;
  return heaps;
}

export function soakFigures(heaps: readonly number[]): Figure[] {
  const [start, middle, end] = [heaps[0], heaps[Math.floor(heaps.length / 2)], heaps.at(-1)];
  const of = (value: number | undefined): number[] => (value === undefined ? [] : [value]);
  return [
    { name: 'JS heap, start of the soak', unit: 'MB', values: of(start) },
    { name: 'JS heap, its middle', unit: 'MB', values: of(middle) },
    { name: 'JS heap, its end', unit: 'MB', values: of(end) },
    {
      name: 'JS heap, end ÷ middle',
      unit: '',
      values: middle === undefined || end === undefined ? [] : [end / middle],
      target: { atMost: SOAK.mostGrowth },
    },
  ];
}

/** After a forced collection. */
export async function heapMb(shown: Page): Promise<number> {
  const session = await shown.context().newCDPSession(shown);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}
