import type { Event, EventKind, FindingEvent } from '../model/event.ts';
import type { SampleInput, StartInput } from '../model/input.ts';
import type { TcpState } from '../model/tcp-state.ts';
import type { SocketTable } from '../track/sockets.ts';
import type { TimeWaitLedger } from '../track/time-wait.ts';
import type { Settings } from './settings.ts';
import type { StallWatch } from './stall-watch.ts';

/** What a detector may be told of: every event but findings. */
export type Observed = Exclude<Event, FindingEvent>;
export type ObservedKind = Exclude<EventKind, 'finding'>;

/** States whose leaving, or whose entering, is of interest. */
export interface Transitions {
  readonly from?: readonly TcpState[];
  readonly to?: readonly TcpState[];
}

/** What a detector may look at: the tracked sockets and the ledger as they are at that moment, and what was sampled last. */
export interface World {
  readonly start: StartInput;
  readonly sockets: SocketTable;
  readonly timeWait: TimeWaitLedger;
  readonly settings: Settings;
  readonly stalling: StallWatch;
}

/**
 * One symptom. Pure and bounded: what it is told is all it knows, the same inputs give the same findings, and what it remembers has a limit.
 * It says what it sees to its `Findings`, which decides whether that is worth a word.
 */
export interface Detector {
  /** The kinds of event that it wants; none where left out. */
  readonly kinds?: readonly ObservedKind[];
  /** Of `state` events those that leave one of these states, or enter one; every one where left out. */
  readonly transitions?: Transitions;
  /** One event of those kinds, in order. The world has taken it in already. */
  onEvent?(event: Observed): void;
  /** One sample, in order: it says what was before it. */
  onSample?(sample: SampleInput): void;
  /** Time passes: `ns` is CLOCK_MONOTONIC, four times a second. */
  onTick?(ns: number): void;
  /** A namespace is gone: whatever was known of it is over. */
  onNamespaces?(alive: ReadonlySet<number>): void;
}
