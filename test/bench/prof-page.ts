import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Browser } from '../e2e/browser.ts';
import { until } from '../lab/until.ts';
import { StormNamespace } from './load.ts';
import { Observer } from './observer.ts';
import { prepare } from './prepare.ts';

const signal = new AbortController().signal;
await using stack = new AsyncDisposableStack();
const [bpftrace] = await prepare(['system'], { stack, signal, say: (l) => console.error(l) });
if (bpftrace === undefined) throw new Error('none');
await using namespace = new StormNamespace();
await using observer = await Observer.start({ bpftrace, signal });
await using _held = await namespace.hold(50_000, 2500, signal);
await until('all', async () => (await observer.told()).sockets.tracked >= 100_000, 60_000);
await using browser = await Browser.open();
const shown = await browser.page(`${observer.url}?tab=connections`);
await until(
  'list',
  async () =>
    (await shown.getByText('on their way').count()) === 0 &&
    Number(await shown.getByRole('grid', { name: 'Connections' }).getAttribute('aria-rowcount')) > 99_000,
  60_000,
);
const cdp = await shown.context().newCDPSession(shown);
await cdp.send('Profiler.enable');
for (const view of process.argv.slice(2)) {
  await using ns = new StormNamespace();
  await shown.getByTestId(`tab-${view}`).click();
  const storm = ns.run({ rate: 1000, seconds: 13 }, signal);
  storm.catch(() => undefined);
  await delay(1500);
  const fps = async (ms: number) =>
    shown.evaluate(
      (untilMs) =>
        new Promise<string>((resolve) => {
          const s = performance.now();
          const all: number[] = [];
          let last = s;
          const f = (): void => {
            const n = performance.now();
            all.push(n - last);
            last = n;
            if (n - s < untilMs) requestAnimationFrame(f);
            else {
              const sorted = all.toSorted((a, b) => a - b);
              resolve(
                `${((all.length * 1000) / (last - s)).toFixed(1)} fps p50 ${sorted[all.length >> 1]?.toFixed(1)} p99 ${sorted[Math.floor(all.length * 0.99)]?.toFixed(1)} long ${all.filter((x) => x > 25).length}/${all.length}`,
              );
            }
          };
          requestAnimationFrame(f);
        }),
      ms,
    );
  console.log(view, await fps(5000));
  await cdp.send('Profiler.start');
  console.log(view, 'profiled', await fps(4000));
  const { profile } = await cdp.send('Profiler.stop');
  writeFileSync(`/tmp/page-${view}.cpuprofile`, JSON.stringify(profile));
  await storm;
}
