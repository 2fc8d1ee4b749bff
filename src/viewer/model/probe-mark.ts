import type { DriftCause } from '../../core/model/probe.ts';
import type { ProbeWire } from '../../formats/probe.ts';

/** What is kept of each attempt of every target: enough for a mark on a line and for where the time went. */
export interface ProbeMark {
  readonly attempt: number;
  /** ms since 1970, when it was called for. */
  readonly atMs: number;
  readonly alive: boolean;
  readonly cause: ProbeWire['cause'];
  readonly mismatch: ProbeWire['mismatch'];
  /** From the call to the end of the answer, or of waiting for it, µs. */
  readonly tookUs: number;
  /** The largest of its phases' drifts, µs; null where nothing was compared. */
  readonly driftUs: number | null;
  readonly driftCause: DriftCause | null;
  /** Segments that the kernel sent again. */
  readonly resent: number;
  /** Time by what it went to, all phases, µs; only what took any. */
  readonly spent: ReadonlyMap<DriftCause, number>;
}

export function markOf({ attempt, at, alive, cause, mismatch, phases, drift, kernel }: ProbeWire): ProbeMark {
  const spent = new Map<DriftCause, number>();
  let worst: (typeof drift.phases)[number] | null = null;
  for (const phase of drift.phases) {
    for (const part of phase.parts) spent.set(part.cause, (spent.get(part.cause) ?? 0) + part.us);
    if (phase.driftUs !== null && phase.driftUs > (worst?.driftUs ?? Number.NEGATIVE_INFINITY)) worst = phase;
  }
  return {
    ...{ attempt, atMs: Date.parse(at), alive, cause, mismatch, tookUs: phases.done ?? phases.closed ?? 0 },
    ...{ driftUs: worst?.driftUs ?? null, driftCause: worst?.cause ?? null, resent: kernel?.resent.length ?? 0, spent },
  };
}
