import type { Benchmark } from './benchmark.ts';
import { detectors } from './detectors.ts';
import { flatOut } from './flat-out.ts';
import { joined } from './joined.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { nodeSide } from './node-side.ts';
import { paced } from './paced.ts';
import { page } from './page.ts';
import { prober } from './prober.ts';
import { start } from './start.ts';
import { viewers } from './viewers.ts';

/** All of them, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [flatOut, paced, nodeSide, memory, latency, page, viewers, joined, prober, detectors, start];
