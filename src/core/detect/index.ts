import type { Thresholds } from '../model/thresholds.ts';
import { acceptQueue } from './accept-queue.ts';
import type { Detector, World } from './detector.ts';
import { falseAlive } from './false-alive.ts';
import { falseDead } from './false-dead.ts';
import type { Findings } from './findings.ts';
import { halfOpen } from './half-open.ts';
import { timeWaitBuildup } from './time-wait-buildup.ts';

/** One detector of the list. */
interface Entry {
  readonly name: keyof Thresholds;
  make(findings: Findings, world: World, thresholds: Thresholds): Detector;
}

/** Every detector, in the order in which they are asked. */
export const DETECTORS: readonly Entry[] = [
  { name: 'accept-queue', make: (findings, world, t) => acceptQueue(findings, world, t['accept-queue']) },
  { name: 'time-wait-buildup', make: (findings, world, t) => timeWaitBuildup(findings, world, t['time-wait-buildup']) },
  { name: 'half-open', make: (findings, world, t) => halfOpen(findings, world, t['half-open']) },
  { name: 'false-alive', make: (findings, world, t) => falseAlive(findings, world, t['false-alive']) },
  { name: 'false-dead', make: (findings, _, t) => falseDead(findings, t['false-dead']) },
];
