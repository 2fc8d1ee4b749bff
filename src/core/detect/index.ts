import type { Thresholds } from '../model/thresholds.ts';
import { acceptQueue } from './accept-queue.ts';
import { closeWaitLeak } from './close-wait-leak.ts';
import { connectFailure } from './connect-failure.ts';
import { connectionChurn } from './connection-churn.ts';
import type { Detector, World } from './detector.ts';
import { falseAlive } from './false-alive.ts';
import { falseDead } from './false-dead.ts';
import { fastOpen } from './fast-open.ts';
import type { Findings } from './findings.ts';
import { halfOpen } from './half-open.ts';
import { lingeringProbe } from './lingering-probe.ts';
import { probeDrift } from './probe-drift.ts';
import { sequenceAnomaly } from './sequence-anomaly.ts';
import { stuckClose } from './stuck-close.ts';
import { timeWaitBuildup } from './time-wait-buildup.ts';

/** One detector of the list. */
interface Entry {
  readonly name: keyof Thresholds;
  make(findings: Findings, world: World, thresholds: Thresholds): Detector;
}

/** Every detector, in the order in which they are asked. */
export const DETECTORS: readonly Entry[] = [
  { name: 'accept-queue', make: (findings, world, t) => acceptQueue(findings, world, t['accept-queue']) },
  { name: 'sequence-anomaly', make: (findings, world, t) => sequenceAnomaly(findings, world, t['sequence-anomaly']) },
  { name: 'time-wait-buildup', make: (findings, world, t) => timeWaitBuildup(findings, world, t['time-wait-buildup']) },
  { name: 'half-open', make: (findings, world, t) => halfOpen(findings, world, t['half-open']) },
  { name: 'false-alive', make: (findings, world, t) => falseAlive(findings, world, t['false-alive']) },
  { name: 'false-dead', make: (findings, _, t) => falseDead(findings, t['false-dead']) },
  { name: 'connect-failure', make: (findings, _, t) => connectFailure(findings, t['connect-failure']) },
  { name: 'close-wait-leak', make: (findings, world, t) => closeWaitLeak(findings, world, t['close-wait-leak']) },
  { name: 'stuck-close', make: (findings, world, t) => stuckClose(findings, world, t['stuck-close']) },
  { name: 'connection-churn', make: (findings, _, t) => connectionChurn(findings, t['connection-churn']) },
  { name: 'probe-drift', make: (findings, _, t) => probeDrift(findings, t['probe-drift']) },
  { name: 'lingering-probe', make: (findings, _, t) => lingeringProbe(findings, t['lingering-probe']) },
  { name: 'fast-open', make: (findings, _, t) => fastOpen(findings, t['fast-open']) },
];
