import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './round.ts';
import { TARGETS } from './targets.ts';
import type { Assignment } from './watched.ts';

/** One target in a thread of its own, so that whoever watches can end it where an input never comes back. Started by watched.ts. */
const { target: name, seed, inputs, from, progress } = workerData as Assignment;
const target = TARGETS.find((known) => known.name === name);
if (target === undefined) throw new Error(`no target ${name}`);
parentPort?.postMessage(await fuzz(target, { seed, inputs, from, begun: (input) => void Atomics.store(progress, 0, input) }));
