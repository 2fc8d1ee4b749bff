import { ACCEPT_QUEUE, type AcceptQueueThresholds, acceptQueue } from './accept-queue.ts';
import type { Detector, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { TIME_WAIT_BUILDUP, type TimeWaitThresholds, timeWaitBuildup } from './time-wait-buildup.ts';

/** What each detector is given from the settings, under `detect.NAME`. */
export interface Thresholds {
  readonly 'accept-queue': AcceptQueueThresholds;
  readonly 'time-wait-buildup': TimeWaitThresholds;
}

/** The thresholds where nothing else is set. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  'accept-queue': ACCEPT_QUEUE,
  'time-wait-buildup': TIME_WAIT_BUILDUP,
};

/** One detector of the list. */
interface Entry {
  readonly name: keyof Thresholds;
  make(findings: Findings, world: World, thresholds: Thresholds): Detector;
}

/** Every detector, in the order in which they are asked. */
export const DETECTORS: readonly Entry[] = [
  { name: 'accept-queue', make: (findings, world, t) => acceptQueue(findings, world, t['accept-queue']) },
  { name: 'time-wait-buildup', make: (findings, world, t) => timeWaitBuildup(findings, world, t['time-wait-buildup']) },
];
