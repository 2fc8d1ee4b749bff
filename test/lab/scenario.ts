import type { FourTuple } from '../../src/core/model/four-tuple.ts';
import type { Seen } from './seen.ts';
import type { Stage } from './stage.ts';

/** What a scenario is about, in the detectors' names. */
export type Symptom =
  | 'time-wait-buildup'
  | 'half-open'
  | 'false-alive'
  | 'sequence-anomaly'
  | 'accept-queue'
  | 'close-wait-leak'
  | 'stuck-close'
  | 'connect-failure'
  | 'connection-churn'
  | 'fast-open';

/** Something that was done to the scenario's hosts, with CLOCK_MONOTONIC ns before and after. */
export interface Deed {
  readonly what: string;
  readonly fromNs: number;
  readonly toNs: number;
  /** The connections it was done to, as their client sees them. */
  readonly flows: readonly FourTuple[];
}

/** What must be found, and the earliest moment that the kernel allows. */
export interface Due {
  /** When the trouble began. */
  readonly causeNs: number;
  /** The first moment after it at which there is evidence for a suspicion, and for more than that; ms. Null: never from what the kernel tells. */
  readonly suspectedMs: number | null;
  readonly firmMs: number | null;
  /** What that evidence is. */
  readonly evidence: string;
  /** The hosts at which it can be seen. */
  readonly at: readonly string[];
}

/** What is known of one play because we did it ourselves. */
export interface Truth {
  readonly name: string;
  readonly what: string;
  /** The detector that must find it; null: it looks alike and must be left alone. */
  readonly symptom: Symptom | null;
  readonly kernel: string;
  readonly beganNs: number;
  readonly endedNs: number;
  readonly hosts: Readonly<Record<string, { readonly address: string; readonly netns: number }>>;
  readonly deeds: readonly Deed[];
  /** Null exactly where `symptom` is. */
  readonly due: Due | null;
}

/** One small program: real sockets on the real kernel, and what its events must say. */
export interface Scenario {
  readonly name: string;
  /** In a sentence: what happens. */
  readonly what: string;
  readonly symptom: Symptom | null;
  /** Sets up, acts, and comes back once all has happened. */
  play(stage: Stage): Promise<Due | null>;
  /** What the kernel must have said of it: throws where it did not. */
  proves(seen: Seen): void;
}
