import { DRIFT_CAUSES, type DriftCause } from '../../core/model/probe.ts';
import type { ProbeMark } from './probe-mark.ts';

/** Upper bounds of a length, µs; beyond the last is one more class. */
export const SIZES_US = [1000, 10_000, 100_000, 1_000_000] as const;
export const SIZE_WORDS = ['< 1 ms', '1–10 ms', '10–100 ms', '0.1–1 s', '≥ 1 s'] as const;

/** What one cause took of many attempts. */
export interface DriftShare {
  readonly cause: DriftCause;
  /** Of all attempts together, µs. */
  readonly totalUs: number;
  readonly maxUs: number;
  /** Attempts that it took any time of. */
  readonly attempts: number;
  /** How many of them by length, as {@link SIZES_US} bounds them. */
  readonly sizes: readonly number[];
  /** The longest in each slice of time, µs, oldest first; 0 where there was none. */
  readonly overTime: readonly number[];
}

export interface DriftShares {
  readonly fromMs: number;
  readonly toMs: number;
  /** Only what took any time, that with most first. */
  readonly shares: readonly DriftShare[];
}

/** Where attempts' time went, by cause: how much, how long at a time, and when. @param slices how many the time is cut into. */
export function driftShares(marks: readonly ProbeMark[], slices: number): DriftShares | null {
  if (marks.length === 0) return null;
  const times = marks.map(({ atMs }) => atMs);
  const fromMs = Math.min(...times);
  const toMs = Math.max(...times, fromMs + 1);
  const slice = ({ atMs }: ProbeMark): number => Math.min(slices - 1, Math.floor(((atMs - fromMs) / (toMs - fromMs)) * slices));
  const shares = DRIFT_CAUSES.flatMap((cause): DriftShare[] => {
    const sizes = new Array<number>(SIZE_WORDS.length).fill(0);
    const overTime = new Array<number>(slices).fill(0);
    let [totalUs, maxUs, attempts] = [0, 0, 0];
    for (const mark of marks) {
      const us = mark.spent.get(cause) ?? 0;
      if (us <= 0) continue;
      totalUs += us;
      attempts += 1;
      maxUs = Math.max(maxUs, us);
      const size = sizeOf(us);
      sizes[size] = (sizes[size] ?? 0) + 1;
      const at = slice(mark);
      overTime[at] = Math.max(overTime[at] ?? 0, us);
    }
    return attempts === 0 ? [] : [{ cause, totalUs, maxUs, attempts, sizes, overTime }];
  });
  return { fromMs, toMs, shares: shares.sort((a, b) => b.totalUs - a.totalUs) };
}

function sizeOf(us: number): number {
  const at = SIZES_US.findIndex((bound) => us < bound);
  return at < 0 ? SIZES_US.length : at;
}

/** How tall a length is drawn, 0 to 1, by its logarithm: 10 µs is nothing, 10 s is all. */
export function tall(us: number): number {
  return us <= 10 ? 0 : Math.min(1, Math.log10(us / 10) / 6);
}
