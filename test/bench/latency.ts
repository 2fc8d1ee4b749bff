import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { Browser } from '../e2e/browser.ts';
import type { Benchmark, Report } from './benchmark.ts';
import { StormNamespace } from './load.ts';
import { Observer } from './observer.ts';
import { settle } from './settle.ts';
import { quantile } from './statistics.ts';

const RATE = 1000;
/** CLOSE→LISTEN and LISTEN→CLOSE of the storm's own listener. */
const LISTENER = 2;
const SECONDS = { full: 30, quick: 4 };
const MOST_MS = { p50: 60, p99: 150 };
/** Nothing more has come for so long: all that will come has come. */
const STILL = { everyMs: 1000, looks: 20 };

/** Reach 5, first half: from the kernel's stamp to script in a page that also shows it all. */
export const latency: Benchmark = {
  name: 'latency',
  about: 'reach 5: from the kernel’s stamp to a script in Chromium, at 10,000 events/s, the viewer running in the same page',
  each: false,
  run: async (context): Promise<Report> => {
    const { bpftraces, rounds, quick, signal, say } = context;
    const [bpftrace] = bpftraces;
    if (bpftrace === undefined) throw new Error('no bpftrace');
    await using observer = await Observer.start({ bpftrace, signal });
    await using browser = await Browser.open();
    const page = await browser.page(observer.url);
    const runs: { p50: number; p99: number; most: number; share: number }[] = [];
    const errors: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      await settle(context);
      const clock = await compareClocks(page);
      await using namespace = new StormNamespace();
      await subscribe(page, `netns=${namespace.netns}`);
      const { connections } = await namespace.run({ rate: RATE, seconds: SECONDS[quick ? 'quick' : 'full'] }, signal);
      const delays = (await takeAll(page, signal)).map(({ atMs, ns }) => atMs + clock.offsetMs - ns / 1e6);
      const after = await compareClocks(page);
      errors.push(Math.max(clock.errorMs, after.errorMs, Math.abs(after.offsetMs - clock.offsetMs)));
      const [p50, p99] = [quantile(delays, 0.5), quantile(delays, 0.99)];
      if (p50 === null || p99 === null) throw new Error('no event reached the page');
      runs.push({ p50, p99, most: quantile(delays, 1) ?? p99, share: (100 * delays.length) / (10 * connections + LISTENER) });
    }
    const { clock } = await observer.told();
    const kernelMs = clock.errorNs === null ? 'unknown' : `${(clock.errorNs / 1e6).toFixed(3)} ms`;
    return {
      figures: [
        { name: 'kernel to page, p50', unit: 'ms', values: runs.map(({ p50 }) => p50), target: { atMost: MOST_MS.p50 } },
        { name: 'kernel to page, p99', unit: 'ms', values: runs.map(({ p99 }) => p99), target: { atMost: MOST_MS.p99 } },
        { name: 'kernel to page, slowest', unit: 'ms', values: runs.map(({ most }) => most) },
        { name: 'of its events, reached the page', unit: '%', values: runs.map(({ share }) => share), target: { atLeast: 100 } },
      ],
      accounts: [],
      notes: [
        `all in CLOCK_MONOTONIC: the page’s clock against ours within ±${Math.max(...errors).toFixed(2)} ms, the kernel’s stamps within ±${kernelMs}`,
        ...browser.faults.map((fault) => `the page complains: ${fault}`),
      ],
    };
  },
};

interface Arrival {
  /** The page's performance.now(). */
  readonly atMs: number;
  /** The kernel's stamp. */
  readonly ns: number;
}

interface Holder {
  arrivals: Arrival[];
  socket: WebSocket | undefined;
}

/** A second subscription in the viewer's page, in the words of the contract: what the viewer itself makes of the stream may change. */
async function subscribe(page: Page, filter: string): Promise<void> {
  await page.evaluate(async (terms) => {
    const holder = globalThis as unknown as Holder;
    holder.arrivals = [];
    holder.socket?.close();
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/live`);
    holder.socket = socket;
    const begun = new Promise<void>((resolve, reject) => {
      socket.onclose = () => reject(new Error('the live stream was closed'));
      socket.onmessage = ({ data }) => {
        const atMs = performance.now();
        const message = JSON.parse(data) as { type: string; events?: readonly { ns: string }[] };
        if (message.type === 'snapshot') resolve();
        for (const { ns } of message.events ?? []) holder.arrivals.push({ atMs, ns: Number(ns) });
      };
    });
    socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', kinds: ['state'], filter: terms }));
    await begun;
  }, filter);
}

async function takeAll(page: Page, signal: AbortSignal): Promise<Arrival[]> {
  const all: Arrival[] = [];
  for (let look = 0; look < STILL.looks; look++) {
    await delay(STILL.everyMs, undefined, { signal });
    const more = await page.evaluate(() => (globalThis as unknown as Holder).arrivals.splice(0));
    if (more.length === 0) break;
    for (const arrival of more) all.push(arrival);
  }
  return all;
}

const CLOCK_LOOKS = 30;
/** Chromium rounds performance.now() to this in a page that is not isolated. */
const ROUNDED_MS = 0.1;

/** What is to be added to the page's performance.now() to get CLOCK_MONOTONIC, which is Node's hrtime: the tightest of some brackets. */
async function compareClocks(page: Page): Promise<{ offsetMs: number; errorMs: number }> {
  let best = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
  for (let look = 0; look < CLOCK_LOOKS; look++) {
    const beforeMs = monotonicMs();
    const pageMs = await page.evaluate(() => performance.now());
    const afterMs = monotonicMs();
    const errorMs = (afterMs - beforeMs) / 2 + ROUNDED_MS;
    if (errorMs < best.errorMs) best = { offsetMs: (beforeMs + afterMs) / 2 - pageMs, errorMs };
  }
  return best;
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
