import type { AccountCheck } from './account.ts';
import type { Bpftrace } from './bpftraces.ts';

/** One line of the reach: a module that measures it. */
export interface Benchmark {
  /** As the command line names it. */
  readonly name: string;
  /** One sentence for --help and above its table. */
  readonly about: string;
  /** Whether it is run once with each bpftrace, or with the first one that is asked for. */
  readonly each: boolean;
  run(context: Context): Promise<Report>;
}

export interface Context {
  /** What it is run with; more than one only for those that say `each`. */
  readonly bpftraces: readonly Bpftrace[];
  /** How often each figure is measured. */
  readonly rounds: number;
  /** Shortened: proves that the benchmark runs; its figures prove nothing. */
  readonly quick: boolean;
  /** What takes half an hour is measured, too. */
  readonly long: boolean;
  /** Ctrl-C: whatever waits ends, and what was made is removed. */
  readonly signal: AbortSignal;
  /** Tells how far it is, on stderr. */
  say(line: string): void;
}

export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Something measured once a round. */
export interface Figure {
  /** What is too long for its table is cut there. */
  readonly name: string;
  /** '' for ratios. */
  readonly unit: string;
  /** Empty where it could not be measured: then `why` says so, and no number is printed. */
  readonly values: readonly number[];
  readonly why?: string;
  /** Left out where nobody promised anything: a peer, or what explains another figure. */
  readonly target?: Target;
  /** What is held against the target. @default 'median' */
  readonly judged?: 'median' | 'max';
}

export interface Report {
  readonly figures: readonly Figure[];
  /** Accounts that must add up, whatever the figures. */
  readonly accounts: readonly AccountCheck[];
  /** What must be known to read the figures: clocks, disturbances, rates that were not reached. */
  readonly notes: readonly string[];
}

/** Whether a figure keeps its promise; null where there is none, or nothing was measured. */
export function reached({ values, target, judged = 'median' }: Figure, summary: { median: number; max: number } | null): boolean | null {
  if (target === undefined || summary === null || values.length === 0) return null;
  const value = summary[judged];
  return value >= (target.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (target.atMost ?? Number.POSITIVE_INFINITY);
}
