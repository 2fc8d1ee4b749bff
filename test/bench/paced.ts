import { setTimeout as delay } from 'node:timers/promises';
import { type AccountCheck, notStreamed, sumOf } from './account.ts';
import type { Benchmark, Context, Figure, Report, Target } from './benchmark.ts';
import type { Bpftrace } from './bpftraces.ts';
import { type ObservedLoad, observedLoad } from './observed-load.ts';
import { Observer } from './observer.ts';
import { settle } from './settle.ts';

/** Connections a second, and the most that the whole observer may take of one core. */
const PACES = [
  { rate: 1000, most: 0.12, newestOnly: false },
  { rate: 5000, most: 0.45, newestOnly: false },
  { rate: 10_000, most: 0.9, newestOnly: true },
] as const;
const IDLE_MOST = 0.01;
/**
 * What is asked is what an observer costs that is left on: V8 has compiled its code by then, for which it must have run (`warm`, at the middle pace), and
 * what starting up and that storm leave behind is gone (`rest`): 20 s after one V8 collects once more what it took, for 0.3 s of CPU,
 * and for 80 s from its beginning its 100,000 TIME_WAITs end, 5,000 a second, each told.
 */
const SECONDS = { full: { storm: 30, warm: 20, rest: 70, idle: 20 }, quick: { storm: 3, warm: 0, rest: 0, idle: 3 } };
const WARM_RATE = 5000;
/** A storm that cannot hold its pace measures something else. */
const PACE_HELD = 0.97;

/** Reach 2: what watching ordinary traffic costs, every transition told one by one. */
export const paced: Benchmark = {
  name: 'paced',
  about: 'reach 2: 1,000 to 10,000 connections/s, each transition told one by one; CPU of the whole observer, of one core',
  each: true,
  run: async (context) => {
    const reports: Report[] = [];
    for (const bpftrace of context.bpftraces) reports.push(await withOne(bpftrace, context));
    return {
      figures: reports.flatMap(({ figures }) => figures),
      accounts: reports.flatMap(({ accounts }) => accounts),
      notes: [
        ...(context.quick ? [] : [`each round begins with ${SECONDS.full.warm} s at ${WARM_RATE} conn/s that are not counted`]),
        ...reports.flatMap(({ notes }) => notes),
      ],
    };
  },
};

async function withOne(bpftrace: Bpftrace, context: Context): Promise<Report> {
  const { rounds, quick, signal, say } = context;
  const seconds = SECONDS[quick ? 'quick' : 'full'];
  const idle: number[] = [];
  const runs = new Map<number, ObservedLoad[]>(PACES.map(({ rate }) => [rate, []]));
  const notes: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: bpftrace ${bpftrace.version}`);
    await using observer = await Observer.start({ bpftrace, signal });
    if (seconds.warm > 0) await observedLoad(observer, { rate: WARM_RATE, seconds: seconds.warm }, 'warming up', signal);
    await delay(seconds.rest * 1000, undefined, { signal });
    await settle(context);
    idle.push(await idleShare(observer, seconds.idle, signal));
    for (const { rate } of PACES) {
      await settle(context);
      const run = await observedLoad(observer, { rate, seconds: seconds.storm }, titleOf(bpftrace, rate), signal);
      if (run.gaps !== '') notes.push(`${titleOf(bpftrace, rate)}: gaps told: ${run.gaps}`);
      if (run.perSecond >= rate * PACE_HELD) runs.get(rate)?.push(run);
      else notes.push(`${titleOf(bpftrace, rate)}: left out, the storm made only ${Math.round(run.perSecond)} a second`);
    }
  }
  const figures: Figure[] = [{ name: `CPU idle, bpftrace ${bpftrace.version}`, unit: 'core', values: idle, target: { atMost: IDLE_MOST } }];
  const accounts: AccountCheck[] = [];
  for (const { rate, most, newestOnly } of PACES) {
    const all = runs.get(rate) ?? [];
    const judged = bpftrace.newest || !newestOnly;
    figures.push(figure(`CPU at ${titleOf(bpftrace, rate)}`, 'core', all, (run) => run.cpuShare, judged ? { atMost: most } : null));
    figures.push(figure(`missed at ${titleOf(bpftrace, rate)}`, 'records', all, missedBy, judged ? { atMost: 0 } : null));
    if (all.length === 0) continue;
    accounts.push(
      sumOf(
        titleOf(bpftrace, rate),
        all.map((run) => run.account),
      ),
    );
  }
  return { figures, accounts, notes };
}

/** Not told one by one, whatever the reason: lost, shed, or unaccounted for. */
function missedBy(run: ObservedLoad): number {
  return Math.max(notStreamed(run.account), run.lost + run.shed);
}

function figure(
  name: string,
  unit: string,
  runs: readonly ObservedLoad[],
  value: (run: ObservedLoad) => number,
  target: Target | null,
): Figure {
  const values = runs.map(value);
  const why = 'the storm could not hold this pace';
  return target === null ? { name, unit, values, why } : { name, unit, values, why, target, judged: unit === 'records' ? 'max' : 'median' };
}

function titleOf(bpftrace: Bpftrace, rate: number): string {
  return `${rate} conn/s, bpftrace ${bpftrace.version}`;
}

async function idleShare(observer: Observer, seconds: number, signal: AbortSignal): Promise<number> {
  const [cpuBefore, beforeMs] = [observer.cpuSeconds, performance.now()];
  await delay(seconds * 1000, undefined, { signal });
  return (observer.cpuSeconds - cpuBefore) / ((performance.now() - beforeMs) / 1000);
}
