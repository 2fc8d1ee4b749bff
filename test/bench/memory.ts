import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark, Context, Report } from './benchmark.ts';
import { StormNamespace } from './load.ts';
import { Observer } from './observer.ts';
import { median, medianOfParts } from './statistics.ts';

/** The soak's parts are minutes in a full run. */
const PARTS = 10;
const SHAPE = {
  full: { idleSeconds: 30, soakSeconds: 600, everyMs: 5000 },
  quick: { idleSeconds: 3, soakSeconds: 20, everyMs: 500 },
};
const RATE = 2000;
const IDLE_MOST_MB = 120;
/** Last minute against the one in the middle, when the ledger of TIME_WAIT (60 s) and the heap have long found their size. */
const MOST_GROWTH = 1.05;
const MIDDLE = PARTS / 2 - 1;

/** Reach 4, but for the million tracked sockets, which `node-side` measures. Runs the soak once, whatever --rounds says. */
export const memory: Benchmark = {
  name: 'memory',
  about: 'reach 4: resident memory idle, and over a soak at 2,000 connections/s',
  each: false,
  run: async (context): Promise<Report> => {
    const idle: { node: number; bpftrace: number }[] = [];
    for (let round = 1; round < context.rounds; round++) idle.push(await idleMemory(context));
    const [bpftrace] = context.bpftraces;
    if (bpftrace === undefined) throw new Error('no bpftrace');
    const { idleSeconds, soakSeconds, everyMs } = SHAPE[context.quick ? 'quick' : 'full'];
    await using observer = await Observer.start({ bpftrace, signal: context.signal });
    await delay(idleSeconds * 1000, undefined, { signal: context.signal });
    idle.push(observer.memory);
    context.say(`soaking for ${soakSeconds} s`);
    const samples = await soak(observer, { soakSeconds, everyMs }, context.signal);
    const parts = medianOfParts(samples, PARTS);
    const [middle, last] = [parts[MIDDLE], parts.at(-1)];
    const known = middle !== undefined && last !== undefined && parts.length === PARTS;
    return {
      figures: [
        { name: `Node, ${idleSeconds} s after ready`, unit: 'MB', values: idle.map(({ node }) => node), target: { atMost: IDLE_MOST_MB } },
        { name: `bpftrace ${bpftrace.version}, then`, unit: 'MB', values: idle.map((one) => one.bpftrace) },
        { name: `Node, soaking ${soakSeconds} s, median`, unit: 'MB', values: [median(samples)].filter((value) => value !== null) },
        { name: `Node, soaking ${soakSeconds} s, most`, unit: 'MB', values: samples.slice(0, 1).map(() => Math.max(...samples)) },
        {
          name: 'last tenth of the soak ÷ its fifth tenth',
          unit: '',
          values: known ? [last / middle] : [],
          why: 'too few samples',
          target: { atMost: MOST_GROWTH },
        },
      ],
      accounts: [],
      notes: [`medians of the soak's tenths, MB: ${parts.map((part) => part.toFixed(0)).join(' ')}`],
    };
  },
};

async function idleMemory({ bpftraces, quick, signal }: Context): Promise<{ node: number; bpftrace: number }> {
  const [bpftrace] = bpftraces;
  if (bpftrace === undefined) throw new Error('no bpftrace');
  await using observer = await Observer.start({ bpftrace, signal });
  await delay(SHAPE[quick ? 'quick' : 'full'].idleSeconds * 1000, undefined, { signal });
  return observer.memory;
}

/** Resident memory of Node while a storm blows, MB. */
async function soak(observer: Observer, shape: { soakSeconds: number; everyMs: number }, signal: AbortSignal): Promise<number[]> {
  await using namespace = new StormNamespace();
  const samples: number[] = [];
  let blowing = true;
  const storm = namespace.run({ rate: RATE, seconds: shape.soakSeconds }, signal).finally(() => {
    blowing = false;
  });
  // A storm that fails is told below, when it is waited for.
  storm.catch(() => undefined);
  while (blowing) {
    await Promise.race([delay(shape.everyMs, undefined, { signal }), storm]);
    if (blowing) samples.push(observer.memory.node);
  }
  const { perSecond } = await storm;
  if (perSecond < RATE * 0.97) throw new Error(`the storm made only ${Math.round(perSecond)} connections a second`);
  return samples;
}
