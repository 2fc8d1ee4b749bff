import { setImmediate as breath, setTimeout as delay } from 'node:timers/promises';
import type { Input } from '../../core/model/input.ts';

export interface PlayerOptions {
  readonly inputs: AsyncIterable<readonly Input[]>;
  /** Recorded nanoseconds a nanosecond: 1 is real speed, Infinity as fast as can be. */
  readonly speed: number;
  /** CLOCK_MONOTONIC, ns. */
  now(): number;
  emit(input: Input): void;
  readonly signal: AbortSignal;
}

/** How often due inputs are looked for, ms. */
const TURN_MS = 20;
/** At full speed others have their turn after this, ns. */
const SLICE_NS = 10e6;

/**
 * Gives recorded inputs again, at the distances at which they were taken or as fast as can be, and comes back after the last one, or once the
 * signal aborts. No more of them is held than one sync point of the capture.
 *
 * @throws what reading the inputs throws.
 */
export async function play({ inputs, speed, now, emit, signal }: PlayerOptions): Promise<void> {
  const beganNs = now();
  let firstNs: number | null = null;
  let turnNs = beganNs;
  for await (const batch of inputs) {
    for (const input of batch) {
      firstNs ??= input.atNs;
      while (input.atNs > firstNs + (now() - beganNs) * speed && !signal.aborted) {
        await delay(TURN_MS, undefined, { signal }).catch(() => undefined);
        turnNs = now();
      }
      if (signal.aborted) return;
      emit(input);
      if (now() - turnNs < SLICE_NS) continue;
      await breath();
      turnNs = now();
    }
  }
}
