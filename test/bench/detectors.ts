import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { Pipeline } from '../../src/core/pipeline.ts';
import { ordinary } from '../lab/day.ts';
import { goldens, readGolden } from '../lab/golden.ts';
import type { Benchmark, Context, Report } from './benchmark.ts';

/** Of the core's time, all detectors together. */
const MOST_SHARE = 0.15;
const HOURS = { full: 24, quick: 1 };
const LINES = { full: 1_000_000, quick: 200_000 };
const LIVE = 100_000;

/** What `--cpu-prof` writes: nodes of the call tree, and which one ran at each sample. */
const Profile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: z.object({ url: z.string() }), children: z.array(z.number()).optional() })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/** Issue 5: what the detectors cost, and that they let a day of ordinary traffic be. */
export const detectors: Benchmark = {
  name: 'detectors',
  about: 'findings in a day of ordinary traffic (the lab’s look-alikes, again and again), and the detectors’ share of the core’s time',
  each: false,
  run: async (context): Promise<Report> => {
    const hours = HOURS[context.quick ? 'quick' : 'full'];
    context.say(`${hours} hours of ordinary traffic`);
    const day = ordinaryDay(hours * 3600);
    const shares: number[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      context.say(`round ${round} of ${context.rounds}: ${LIVE} sockets`);
      shares.push(await shareOfDetectors(context));
    }
    return {
      figures: [
        { name: `findings above info in ${hours} h`, unit: '', values: [day.blamed.length], target: { atMost: 0 }, judged: 'max' },
        { name: 'events meanwhile', unit: '', values: [day.events] },
        { name: `detectors’ share of the core, ${LIVE} sockets`, unit: '', values: shares, target: { atMost: MOST_SHARE } },
      ],
      accounts: [],
      notes: day.blamed.slice(0, 5).map((words) => `found where nothing was: ${words}`),
    };
  },
};

function ordinaryDay(seconds: number): { readonly events: number; readonly blamed: readonly string[] } {
  const plays = goldens()
    .map(readGolden)
    .filter(({ truth }) => truth.symptom === null);
  let pipeline: Pipeline | null = null;
  let events = 0;
  const blamed: string[] = [];
  for (const input of ordinary(plays, seconds)) {
    if (input.type === 'start') pipeline = new Pipeline(input, { maxSockets: 100_000 });
    for (const event of pipeline?.accept(input) ?? []) {
      events += 1;
      if (event.kind === 'finding' && event.phase === 'open' && event.severity !== 'info')
        blamed.push(`${event.detector}: ${event.summary}`);
    }
  }
  return { events, blamed };
}

/** By the samples of V8's profiler: those in which a detector, or the engine that runs them, is on the stack. */
async function shareOfDetectors({ quick, signal }: Context): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'synoptic-bench-'));
  try {
    const run = new URL('node-side-run.ts', import.meta.url).pathname;
    const args = ['--cpu-prof', `--cpu-prof-dir=${folder}`, run, String(LIVE), String(LINES[quick ? 'quick' : 'full'])];
    await execa({ cancelSignal: signal })(process.execPath, args);
    const [file = ''] = readdirSync(folder);
    return shareBelow(Profile.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shareBelow({ nodes, samples, timeDeltas }: z.infer<typeof Profile>): number {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const urls = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.url]));
  const among = (id: number, folder: string): boolean => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) if (urls.get(at)?.includes(folder) === true) return true;
    return false;
  };
  const [core, detect] = ['/src/core/', '/src/core/detect/'].map(
    (folder) => new Set(nodes.filter(({ id }) => among(id, folder)).map(({ id }) => id)),
  );
  const sum = (those: ReadonlySet<number> | undefined): number =>
    samples.reduce((us, id, at) => us + (those?.has(id) === true ? (timeDeltas[at] ?? 0) : 0), 0);
  return sum(detect) / sum(core);
}
