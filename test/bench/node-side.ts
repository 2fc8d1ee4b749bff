import { execa } from 'execa';
import { z } from 'zod';
import type { Benchmark, Figure, Report } from './benchmark.ts';
import { settle } from './settle.ts';

/** What node-side-run.ts prints. */
const Run = z.object({ linesPerSecond: z.number(), sockets: z.number(), rssFilled: z.number() });
type Run = z.infer<typeof Run>;

const LINES = { full: 3_000_000, quick: 200_000 };
const LIVE = [1_000, 10_000, 100_000, 1_000_000];
const LEAST = 1_000_000;
/** How much dearer a line may be among a million sockets than among a thousand. */
const FLAT = 1.5;
const MOST_MB = 700;
const MB = 1e6;

/** Reach 3, and the million sockets of reach 4: the core alone, in a process of its own for each run. */
export const nodeSide: Benchmark = {
  name: 'node-side',
  about: 'reach 3 and 4: lines a second through the whole core on one core, from a thousand to a million live sockets',
  each: false,
  run: async (context): Promise<Report> => {
    const { rounds, quick, signal, say } = context;
    const lines = LINES[quick ? 'quick' : 'full'];
    const measured = new Map<string, Run[]>();
    for (let round = 0; round < rounds; round++) {
      await settle(context);
      for (const live of LIVE) {
        for (const how of ['', 'spread']) {
          say(`round ${round + 1}: ${live} live sockets${how === '' ? '' : ', transitions spread over them'}`);
          const { stdout } = await execa({ cancelSignal: signal })(process.execPath, [
            '--expose-gc',
            new URL('node-side-run.ts', import.meta.url).pathname,
            String(live),
            String(lines),
            how,
          ]);
          const key = `${live}${how}`;
          measured.set(key, [...(measured.get(key) ?? []), Run.parse(JSON.parse(stdout))]);
        }
      }
    }
    const of = (key: string) => measured.get(key) ?? [];
    const rates = (key: string) => of(key).map((run) => run.linesPerSecond);
    const figures: Figure[] = LIVE.flatMap((live) => [
      { name: `${live} live, new connections beside`, unit: 'lines/s', values: rates(`${live}`), target: { atLeast: LEAST } },
      { name: `${live} live, spread over them`, unit: 'lines/s', values: rates(`${live}spread`) },
    ]);
    const dearer = rates('1000').map((rate, round) => rate / (rates('1000000')[round] ?? Number.NaN));
    figures.push({ name: 'cost of a line, 1000000 ÷ 1000 live', unit: '', values: dearer, target: { atMost: FLAT } });
    const memory = of('1000000').map((run) => run.rssFilled / MB);
    figures.push({ name: 'the core with 1000000 sockets', unit: 'MB', values: memory, target: { atMost: MOST_MB } });
    const notes = [
      'CPU time of the whole process, garbage collection in its helper threads included, once warm (600,000 lines before the clock runs); lines as bpf/sock-state.bt prints them, 100,000 a second by their own clock',
      '“spread”: each transition meets another socket in no order, so that every one waits for memory: it has no target',
    ];
    return { figures, accounts: [], notes };
  },
};
