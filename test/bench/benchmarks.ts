import type { Benchmark } from './benchmark.ts';
import { detectors } from './detectors.ts';
import { exporting } from './exporting.ts';
import { flatOut } from './flat-out.ts';
import { joined } from './joined.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { nodeSide } from './node-side.ts';
import { paced } from './paced.ts';
import { page } from './page.ts';
import { prober } from './prober.ts';
import { recording } from './recording.ts';
import { start } from './start.ts';
import { viewers } from './viewers.ts';

const OF_OBSERVING = [flatOut, paced, nodeSide, memory, latency, viewers];

/** All of them, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [...OF_OBSERVING, joined, recording, exporting, prober, detectors, page, start];
