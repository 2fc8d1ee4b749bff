import type { KernelLane, Moment, ProbeAttempt } from '../../../src/core/model/probe.ts';
import { ProbeWire, probeWireOf } from '../../../src/formats/probe.ts';
import { attemptAt, laneOf, probeEventOf } from '../../core/attempts.ts';

/** An attempt as it comes over the wire: application's moments in ms, the kernel's lane in ms after the call; null: not seen. */
export function attempt(
  ms: Partial<Record<Moment, number>>,
  kernel: Partial<KernelLane> | null = null,
  more: Partial<ProbeAttempt> = {},
): ProbeWire {
  return ProbeWire.parse(probeWireOf(probeEventOf(attemptAt(ms, more), kernel === null ? null : laneOf(kernel)), 'db-edge-03'));
}

/** ms after the call, as the core counts. */
export const at = (ms: number): number => 1e9 + ms * 1e6;

/** A whole, undisturbed attempt of 5 ms. */
export const WHOLE = {
  called: 0,
  connectCalled: 0.1,
  submitted: 0.2,
  connected: 1.2,
  firstWrite: 1.4,
  firstByte: 4,
  done: 5,
  closeCalled: 5.1,
  closed: 5.4,
};
export const KERNEL = { synSentNs: at(0.2), establishedNs: at(1), finSentNs: at(5.2), timeWaitNs: at(5.3), closedNs: at(5.3) };
