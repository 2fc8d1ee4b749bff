import { execa } from 'execa';
import { z } from 'zod';
import { CaptureList, CaptureSummary } from '../../src/formats/capture/summary.ts';
import { until } from '../lab/until.ts';
import type { Benchmark, Figure, Report } from './benchmark.ts';
import { observedLoad } from './observed-load.ts';
import { Observer } from './observer.ts';
import { settle } from './settle.ts';

/** What replay-run.ts prints. */
const Replayed = z.object({ events: z.number(), seconds: z.number() });

/** 50,000 transitions a second. */
const RATE = 5000;
const SECONDS = { full: 20, quick: 3 };
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
    for (let round = 1; round <= rounds; round++) {
      const shares: number[] = [];
      for (const record of [false, true]) {
        say(`round ${round} of ${rounds}: ${record ? 'recorded' : 'not recorded'}`);
        await using observer = await Observer.start({ bpftrace, signal, record });
        await settle(context);
        shares.push((await observedLoad(observer, load, record ? 'recorded' : 'not recorded', signal)).cpuShare);
        if (!record) continue;
        const { path, list, size } = await frozen(observer);
        const { stdout } = await execa({ cancelSignal: signal })(process.execPath, [
          new URL('replay-run.ts', import.meta.url).pathname,
          path,
        ]);
        const { events, seconds } = Replayed.parse(JSON.parse(stdout));
        leftOut.push(list.recorder?.leftOutInputs ?? Number.NaN);
        bytes.push(size / events);
        rates.push(events / seconds);
      }
      const [without = Number.NaN, recorded = Number.NaN] = shares;
      costs.push(recorded - without);
    }
    const figures: Figure[] = [
      { name: 'CPU of recording 50,000 events/s', unit: 'core', values: costs, target: { atMost: MOST_CORES } },
      { name: 'inputs left out', unit: '', values: leftOut, target: { atMost: 0 }, judged: 'max' },
      { name: 'on disk, an event', unit: 'B', values: bytes, target: { atMost: MOST_BYTES } },
      { name: 'replayed at most', unit: 'events/s', values: rates, target: { atLeast: LEAST_EVENTS } },
    ];
    const notes = [
      'CPU: the whole observer with a flight recorder less without, packing in other threads included; replay: wall time, reading included',
    ];
    return { figures, accounts: [], notes };
  },
};

async function frozen(observer: Observer): Promise<{ path: string; list: CaptureList; size: number }> {
  const url = `${observer.url}/api/v1/captures`;
  const { id } = CaptureSummary.parse(await (await fetch(url, { method: 'POST' })).json());
  return until(
    'a frozen capture',
    async () => {
      const list = CaptureList.parse(await (await fetch(url)).json());
      const found = list.captures.find((capture) => capture.id === id && capture.state === 'ready');
      return found === undefined ? null : { path: `${observer.data}/captures/${id}.capture`, list, size: found.bytes ?? Number.NaN };
    },
    FROZEN_MS,
  );
}
