import { join } from 'node:path';
import type { Benchmark, Report } from './benchmark.ts';
import { secondsToReady } from './observer.ts';
import { SCRIPTS } from './places.ts';
import { settle } from './settle.ts';

const STARTS = { full: 10, quick: 2 };
const MOST_SECONDS = 2;

/** Reach 6: the command of the README, with nothing left to set up. */
export const start: Benchmark = {
  name: 'start',
  about: 'reach 6: from the start of scripts/observe, all set up, to `ready` on stderr',
  each: true,
  run: async (context): Promise<Report> => {
    const { bpftraces, quick, signal, say } = context;
    const figures = [];
    for (const bpftrace of bpftraces) {
      say(`bpftrace ${bpftrace.version}`);
      const values: number[] = [];
      for (let count = 0; count < STARTS[quick ? 'quick' : 'full']; count++) {
        await settle(context);
        values.push(await secondsToReady({ bpftrace, signal, command: [join(SCRIPTS, 'observe')] }));
      }
      const name = `to ready, bpftrace ${bpftrace.version}`;
      figures.push({ name, unit: 's', values, target: { atMost: MOST_SECONDS }, judged: 'max' as const });
    }
    return { figures, accounts: [], notes: [`${STARTS[quick ? 'quick' : 'full']} starts, whatever --rounds says; the slowest is judged`] };
  },
};
