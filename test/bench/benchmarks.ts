import type { Benchmark } from './benchmark.ts';
import { flatOut } from './flat-out.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { paced } from './paced.ts';
import { start } from './start.ts';
import { viewers } from './viewers.ts';

/** All of them, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  flatOut,
  paced,
  // node-side.ts, reach 3, has its place here.
  memory,
  latency,
  viewers,
  start,
];
