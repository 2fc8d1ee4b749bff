import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { CaptureList, CaptureSummary } from '../../src/formats/capture/summary.ts';
import { until } from '../lab/until.ts';
import type { Benchmark, Figure, Report } from './benchmark.ts';
import { observedLoad } from './observed-load.ts';
import { Observer } from './observer.ts';
import { settle } from './settle.ts';

/** What replay-run.ts prints. */
const Replayed = z.object({ events: z.number(), seconds: z.number(), cpuSeconds: z.number() });

const REPLAY = fileURLToPath(new URL('replay-run.ts', import.meta.url));
/** 50,000 transitions a second. */
const RATE = 5000;
const TRANSITIONS = 10;
/** As long as paced loads are watched elsewhere; a replay of less measures its compiler. */
const SECONDS = { full: 30, quick: 3 };
const MOST_CORES = 0.1;
const MOST_BYTES = 16;
const LEAST_EVENTS = 500_000;
const FROZEN_MS = 30_000;

/** What the flight recorder costs, what an event takes on disk, and how fast a capture replays. */
export const recording: Benchmark = {
  name: 'recording',
  about: 'captures: 5,000 connections/s recorded and not, in turn; what was recorded, frozen and replayed',
  each: false,
  run: async (context): Promise<Report> => {
    const { rounds, quick, signal, say, bpftraces } = context;
    const [bpftrace] = bpftraces;
    if (bpftrace === undefined) throw new Error('no bpftrace to observe with');
    const load = { rate: RATE, seconds: SECONDS[quick ? 'quick' : 'full'] };
    const costs: number[] = [];
    const leftOut: number[] = [];
    const bytes: number[] = [];
    const rates: number[] = [];
    const perCpu: number[] = [];
    const paces: number[] = [];
    const busy: string[] = [];
    // What was frozen is kept until its observer has ended: a machine that still observes is not one that somebody replays on.
    const folder = mkdtempSync(join(tmpdir(), 'synoptic-bench-'));
    using _removed = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
    for (let round = 1; round <= rounds; round++) {
      const shares: number[] = [];
      for (const record of [false, true]) {
        say(`round ${round} of ${rounds}: ${record ? 'recorded' : 'not recorded'}`);
        const kept = join(folder, `${round}.capture`);
        {
          await using observer = await Observer.start({ bpftrace, signal, record, budget: 0 });
          await settle(context);
          const { cpuShare, perSecond, lost, shed } = await observedLoad(observer, load, record ? 'recorded' : 'not recorded', signal);
          shares.push(cpuShare);
          if (lost + shed > 0)
            busy.push(`round ${round}: ${lost} records lost and ${shed} shed on the way, ${record ? '' : 'not '}recorded`);
          if (!record) continue;
          paces.push(perSecond * TRANSITIONS);
          const { path, list } = await frozen(observer);
          copyFileSync(path, kept);
          leftOut.push(list.recorder?.leftOutInputs ?? Number.NaN);
        }
        await settle(context);
        const { stdout } = await execa({ cancelSignal: signal })(process.execPath, [REPLAY, kept]);
        const { events, seconds, cpuSeconds } = Replayed.parse(JSON.parse(stdout));
        bytes.push(statSync(kept).size / events);
        rates.push(events / seconds);
        perCpu.push(events / cpuSeconds);
      }
      const [without = Number.NaN, recorded = Number.NaN] = shares;
      costs.push(recorded - without);
    }
    const figures: Figure[] = [
      { name: 'transitions that were recorded', unit: '1/s', values: paces },
      { name: 'CPU of recording 50,000 events/s', unit: 'core', values: costs, target: { atMost: MOST_CORES } },
      { name: 'inputs left out', unit: '', values: leftOut, target: { atMost: 0 }, judged: 'max' },
      { name: 'on disk, an event', unit: 'B', values: bytes, target: { atMost: MOST_BYTES } },
      { name: 'replayed at most', unit: 'events/s', values: rates, target: { atLeast: LEAST_EVENTS } },
      { name: 'replayed by a second of CPU, all threads and start included', unit: 'events', values: perCpu },
    ];
    const notes = [
      'CPU: the whole observer with a flight recorder less without, packing in other threads included; replay: wall time, reading included',
      ...busy,
    ];
    return { figures, accounts: [], notes };
  },
};

async function frozen(observer: Observer): Promise<{ path: string; list: CaptureList }> {
  const url = `${observer.url}/api/v1/captures`;
  const { id } = CaptureSummary.parse(await (await fetch(url, { method: 'POST' })).json());
  return until(
    'a frozen capture',
    async () => {
      const list = CaptureList.parse(await (await fetch(url)).json());
      const found = list.captures.find((capture) => capture.id === id && capture.state === 'ready');
      return found === undefined ? null : { path: `${observer.data}/captures/${id}.capture`, list };
    },
    FROZEN_MS,
  );
}
