import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Round } from './round.ts';

/** What a thread is to do. */
export interface Assignment {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  readonly from: number;
  /** The input that is being read. */
  readonly progress: Int32Array;
}

/** An input that takes longer hangs. The slowest seen took some tens of ms; a machine may stand still for seconds. */
const HANGS_MS = 30_000;

/** One input never came back; `input` with the same seed gives it again. */
export class HangError extends Error {
  constructor(target: string, seed: number, input: number) {
    super(`${target}: input ${input} of seed ${seed} did not come back within ${HANGS_MS / 1000} s`);
    this.name = 'HangError';
  }
}

/**
 * As `fuzz` of round.ts, in a thread that is ended where it hangs.
 *
 * @throws HangError, or what ended the thread.
 */
export async function fuzzWatched(about: Omit<Assignment, 'progress'>, signal: AbortSignal): Promise<Round> {
  const progress = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { ...about, progress } satisfies Assignment });
  const over = new AbortController();
  try {
    const done = once(worker, 'message').then(([round]) => round as Round);
    return await Promise.race([done, hung(about, progress, AbortSignal.any([signal, over.signal]))]);
  } finally {
    over.abort();
    await worker.terminate();
  }
}

async function hung({ target, seed }: Omit<Assignment, 'progress'>, progress: Int32Array, signal: AbortSignal): Promise<never> {
  for (let last = Number.NaN; ; ) {
    await delay(HANGS_MS, undefined, { signal });
    const now = Atomics.load(progress, 0);
    if (now === last) throw new HangError(target, seed, now);
    last = now;
  }
}
