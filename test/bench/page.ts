import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { Browser } from '../e2e/browser.ts';
import { until } from '../lab/until.ts';
import type { Benchmark, Context, Report } from './benchmark.ts';
import { StormNamespace } from './load.ts';
import { Observer } from './observer.ts';
import { type Paint, paintOf } from './page-paint.ts';
import { heapMb, soak, soakFigures, soakMinutes } from './page-soak.ts';
import { VIEWER } from './places.ts';
import { settle } from './settle.ts';
import { quantile } from './statistics.ts';

const RATE = 1000;
const CONNECTIONS = 50_000;
/** Connections a second while they are made: four transitions each, which leaves out no socket. */
const MAKING = 2500;
const VIEWS = ['states', 'events', 'connections', 'findings', 'time-wait', 'drift'] as const;
/** Nobody listens there: targets and findings to show, and little else to do. */
const PROBES = Array.from({ length: 24 }, (_, at) => ({ target: `tcp://127.0.0.${at + 2}:9`, every: '1s' }));
const SECONDS = { full: 30, quick: 4 };
/** Before frames are counted: pages of the list come in, and the storm finds its pace. */
const WARM_MS = 1500;
const PROMISED = { kilobytes: 90, paintMs: 1000, fps: 50 };

/** The viewer's reach, in a real browser over a real kernel. */
export const page: Benchmark = {
  name: 'page',
  about:
    'the viewer in Chromium: weight, first paint, and frames a second in each view while 100,000 sockets are known and 10,000 events/s arrive',
  each: false,
  run: async (context): Promise<Report> => {
    const { bpftraces, rounds, signal, say } = context;
    const [bpftrace] = bpftraces;
    if (bpftrace === undefined) throw new Error('no bpftrace');
    await using namespace = new StormNamespace();
    await using observer = await Observer.start({ bpftrace, signal, probes: PROBES });
    say(`making ${2 * CONNECTIONS} sockets`);
    await using _held = await namespace.hold(CONNECTIONS, MAKING, signal);
    await until('all sockets known', async () => (await observer.told()).sockets.tracked >= 2 * CONNECTIONS, 60_000);
    await using browser = await Browser.open();
    const shown = await browser.page(`${observer.url}?tab=connections`);
    const listed = await until('the whole list', () => wholeList(shown), 60_000);
    const runs: Round[] = [];
    for (let round = 1; round <= rounds; round++) runs.push(await measure(shown, observer, context, round));
    const soaked = context.long ? await soak(shown, VIEWS, context) : null;
    const paints: Paint[] = [];
    for (let round = 1; round <= rounds; round++) {
      await settle(context);
      paints.push(await paintOf(observer.url));
    }
    return {
      figures: [
        { name: 'first load, gzip', unit: 'kB', values: [weightKb()], target: { atMost: PROMISED.kilobytes } },
        { name: 'first contentful paint', unit: 'ms', values: paints.map(({ firstMs }) => firstMs), target: { atMost: PROMISED.paintMs } },
        {
          name: 'first figures on the page',
          unit: 'ms',
          values: paints.map(({ figuresMs }) => figuresMs),
          target: { atMost: PROMISED.paintMs },
        },
        { name: 'sockets listed', unit: '', values: [listed], target: { atLeast: 2 * CONNECTIONS } },
        ...VIEWS.map((view) => ({
          name: `frames, ${view}`,
          unit: '/s',
          values: runs.map(({ frames }) => frames[view].fps),
          target: { atLeast: PROMISED.fps },
        })),
        ...VIEWS.map((view) => ({ name: `frame p99, ${view}`, unit: 'ms', values: runs.map(({ frames }) => frames[view].p99) })),
        { name: 'events arrived', unit: '/s', values: runs.map(({ perSecond }) => perSecond) },
        { name: 'events missed by the page', unit: '', values: runs.map(({ missed }) => missed) },
        ...(soaked === null ? [] : soakFigures(soaked)),
        { name: 'JS heap after a collection', unit: 'MB', values: runs.map(({ heapMb }) => heapMb) },
      ],
      accounts: [],
      notes: [
        ...(soaked === null
          ? []
          : [
              `JS heap every ${soakMinutes() / (soaked.length - 1)} min, after a collection, MB: ${soaked.map((mb) => mb.toFixed(1)).join(' ')}`,
            ]),
        'the browser, the observer and the storm share this machine’s cores; no GPU',
        ...browser.faults.map((fault) => `the page complains: ${fault}`),
      ],
    };
  },
};

interface Round {
  readonly frames: Record<(typeof VIEWS)[number], { fps: number; p99: number }>;
  readonly perSecond: number;
  readonly missed: number;
  readonly heapMb: number;
}

async function measure(shown: Page, observer: Observer, context: Context, round: number): Promise<Round> {
  const seconds = SECONDS[context.quick ? 'quick' : 'full'];
  const frames = {} as Round['frames'];
  let arrived = 0;
  let spent = 0;
  for (const view of VIEWS) {
    context.say(`round ${round} of ${context.rounds}: ${view}`);
    await settle(context);
    await using namespace = new StormNamespace();
    await shown.getByTestId(`tab-${view}`).click();
    const before = (await observer.told()).events.total;
    const startMs = performance.now();
    const storm = namespace.run({ rate: RATE, seconds: seconds + WARM_MS / 1000 }, context.signal);
    storm.catch(() => undefined); // told where it is waited for
    await delay(WARM_MS, undefined, { signal: context.signal });
    frames[view] = await framesOf(shown, seconds * 1000 - 500);
    await storm;
    arrived += (await observer.told()).events.total - before;
    spent += (performance.now() - startMs) / 1000;
  }
  const missed = await missedBy(shown);
  return { frames, perSecond: arrived / spent, missed, heapMb: await heapMb(shown) };
}

/** Frames a second, and how long the slowest hundredth took, ms, over so long. */
async function framesOf(shown: Page, lengthMs: number): Promise<{ fps: number; p99: number }> {
  const lengths = await shown.evaluate(
    (untilMs) =>
      new Promise<number[]>((resolve) => {
        const startMs = performance.now();
        const all: number[] = [];
        let lastMs = startMs;
        const frame = (): void => {
          const nowMs = performance.now();
          all.push(nowMs - lastMs);
          lastMs = nowMs;
          if (nowMs - startMs < untilMs) requestAnimationFrame(frame);
          else resolve(all);
        };
        requestAnimationFrame(frame);
      }),
    lengthMs,
  );
  const spentMs = lengths.reduce((sum, length) => sum + length, 0);
  return { fps: (lengths.length * 1000) / spentMs, p99: quantile(lengths, 0.99) ?? spentMs };
}

/**
 * How many sockets the page lists once nothing is on its way any more. Both are read in one step: asked one after the other, the doubts would be
 * those of a page that is still empty, or the rows those from before the last ones came.
 */
async function wholeList(shown: Page): Promise<number | null> {
  const { rows, doubts } = await shown.evaluate(() => ({
    rows: Number(document.querySelector('[role="grid"][aria-label="Connections"]')?.getAttribute('aria-rowcount') ?? 0) - 1,
    doubts: document.querySelector('[data-testid="connection-doubts"]')?.textContent ?? '',
  }));
  return rows > 0 && !/on their way|not listed/.test(doubts) ? rows : null;
}

/** As its own header says it. */
async function missedBy(shown: Page): Promise<number> {
  const text = (await shown.getByTestId('completeness').textContent()) ?? '';
  return Number((/this page missed ([\d,]+)/.exec(text)?.[1] ?? '0').replaceAll(',', ''));
}

function weightKb(): number {
  const files = readdirSync(VIEWER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.gz'));
  return files.reduce((sum, file) => sum + statSync(join(VIEWER, file)).size, 0) / 1000;
}
