import { execa } from 'execa';
import { z } from 'zod';
import { LabNamespace } from '../lab/namespace.ts';
import type { Benchmark, Context, Figure, Report } from './benchmark.ts';
import { compiled } from './compiled.ts';
import { settle } from './settle.ts';

/** What prober-run.ts prints. */
const Run = z.object({
  perSecond: z.number(),
  cores: z.number(),
  failures: z.number(),
  untold: z.number(),
  deaths: z.number(),
  lateP50: z.number(),
  lateP99: z.number(),
  connectP50: z.number(),
  connectP99: z.number(),
});
type Run = z.infer<typeof Run>;

/** Targets, the interval of each in ms, and how long is measured, s. */
interface Case {
  readonly targets: number;
  readonly everyMs: number;
  readonly seconds: { readonly full: number; readonly quick: number };
  /** Whether the observing thread is held half of the time. */
  readonly held: boolean;
}

const CASES = {
  fast: { targets: 5000, everyMs: 1000, seconds: { full: 10, quick: 2 }, held: false },
  many: { targets: 10_000, everyMs: 10_000, seconds: { full: 20, quick: 2 }, held: false },
  idle: { targets: 100, everyMs: 1000, seconds: { full: 10, quick: 2 }, held: true },
} satisfies Record<string, Case>;

/** The least share of the planned attempts that counts as all: one second's edge. */
const ALL = 0.99;

/** The reach of probing: how fast, how punctual, and how little of what it measures is its own. */
export const prober: Benchmark = {
  name: 'prober',
  about: 'probing: 5,000 TCP probes a second on one core, 10,000 targets started in time, and the prober’s own share of what it measures',
  each: false,
  run: async (context): Promise<Report> => {
    const { rounds, say } = context;
    const runs: Record<keyof typeof CASES, Run[]> = { fast: [], many: [], idle: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const name of Object.keys(CASES) as (keyof typeof CASES)[]) {
        await settle(context);
        say(`round ${round} of ${rounds}: ${CASES[name].targets} targets, one each ${CASES[name].everyMs} ms`);
        runs[name].push(await measure(CASES[name], context));
      }
    }
    const { fast, many, idle } = runs;
    const perSecond = (CASES.fast.targets * 1000) / CASES.fast.everyMs;
    const wrong = [...fast, ...many, ...idle].map(({ failures, untold, deaths }) => failures + untold + deaths);
    const figures: Figure[] = [
      { name: '5000 targets each 1 s', unit: 'probes/s', values: fast.map((run) => run.perSecond), target: { atLeast: ALL * perSecond } },
      { name: '  CPU, all threads', unit: 'cores', values: fast.map((run) => run.cores), target: { atMost: 1 } },
      { name: '  start error, p99', unit: 'ms', values: fast.map((run) => run.lateP99) },
      { name: '10000 targets each 10 s: start error, p99', unit: 'ms', values: many.map((run) => run.lateP99), target: { atMost: 20 } },
      { name: '  p50', unit: 'ms', values: many.map((run) => run.lateP50) },
      { name: '  CPU, all threads', unit: 'cores', values: many.map((run) => run.cores) },
      { name: '100 targets each 1 s: connect, p99', unit: 'ms', values: idle.map((run) => run.connectP99), target: { atMost: 2 } },
      { name: '  p50', unit: 'ms', values: idle.map((run) => run.connectP50) },
      { name: 'attempts that failed or were not told', unit: '', values: wrong, target: { atMost: 0 }, judged: 'max' },
    ];
    const notes = [
      'CPU is of the whole process: the probing thread, and the observing one that takes what is told',
      'connect is what the application measures on loopback, where the kernel takes some 0.07 ms: all but that is drift; meanwhile the observing thread is held for 50 ms of each 100',
    ];
    return { figures, accounts: [], notes };
  },
};

/** In a namespace of its own: earlier sockets in TIME_WAIT are in nobody's way there. */
async function measure({ targets, everyMs, seconds, held }: Case, { quick, signal }: Context): Promise<Run> {
  await using lab = new LabNamespace();
  const run = new URL('prober-run.ts', import.meta.url).pathname;
  const numbers = [targets, everyMs, seconds[quick ? 'quick' : 'full']].map(String);
  const command = ['netns', 'exec', lab.name, process.execPath, run, compiled('accept'), ...numbers, ...(held ? ['held'] : [])];
  const { stdout } = await execa({ cancelSignal: signal })('ip', command);
  return Run.parse(JSON.parse(stdout));
}
