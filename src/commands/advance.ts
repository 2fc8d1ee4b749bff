import { setImmediate as breath } from 'node:timers/promises';
import type { Event } from '../core/model/event.ts';
import type { PipelineView } from './observation.ts';
import type { Passage } from './passage.ts';

/** A passage, and what may be asked of it. */
export interface Round {
  readonly passage: Passage;
  readonly view: PipelineView;
}

export interface AdvanceOptions {
  readonly round: Round;
  /** Where to, ns. */
  readonly toNs: number;
  /** What follows from an input; true where that is far enough. */
  told(events: readonly Event[]): boolean;
  /** Whether something else was asked for meanwhile. */
  called(): boolean;
  /** Others have their turn now. */
  turn(): void;
  /** CLOCK_MONOTONIC, ns. */
  now(): number;
}

/** Others have their turn after this, ns. */
const SLICE_NS = 10e6;

/**
 * Feeds a round at full speed until it is at a position, or at the first one that is far enough. Never stops between two inputs of one
 * moment, so that wherever it stops is a position.
 *
 * @returns false where it left on the way.
 */
export async function advance({ round: { passage, view }, toNs, told, called, turn, now }: AdvanceOptions): Promise<boolean> {
  let untilNs = toNs;
  let sinceNs = now();
  let leaving = false;
  for (;;) {
    if (passage.nextNs === null && !(await passage.reach())) return true;
    const nextNs = passage.nextNs ?? 0;
    if (nextNs > untilNs) return true;
    if (leaving && nextNs > passage.throughNs) return false;
    const events = passage.feed();
    if (events.length > 0) {
      view.accept(events);
      if (told(events)) untilNs = Math.min(untilNs, passage.throughNs);
    }
    if (now() - sinceNs < SLICE_NS) continue;
    turn();
    await breath();
    sinceNs = now();
    leaving = called();
  }
}
