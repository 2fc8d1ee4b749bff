import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LoopDelay } from '../../../src/sources/meter/loop-delay.ts';
import { until } from '../../lab/until.ts';

it('an event loop that was held up says for how long, without its own resolution, and only of the span that is over', async () => {
  const nowNs = () => performance.now() * 1e6;
  using loop = new LoopDelay(0);
  // It looks each 250 ms: some looks that come in time, then one that cannot.
  await delay(600);
  const endMs = performance.now() + 900;
  while (performance.now() < endMs);
  await delay(350);
  loop.turn(1e9);
  expect(loop.figures).toBeNull();
  loop.turn(5e9);
  const worst = loop.figures;
  expect(worst?.maxMs).toBeGreaterThan(450);
  expect(worst?.p99Ms).toBeGreaterThan(450);
  expect(worst?.p50Ms).toBeLessThan(150);
  // The next span knows nothing of it.
  await until('a calm span', async () => {
    await delay(250);
    loop.turn(nowNs() + 1e12);
    return loop.figures !== worst && (loop.figures?.maxMs ?? Number.POSITIVE_INFINITY) < 450;
  });
});
