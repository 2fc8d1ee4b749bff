import type { DialledInput, ProbeInput } from '../../core/model/input.ts';
import type { ProbeTarget } from '../../core/model/target.ts';

/** What the probing thread is started with; all of it can be copied. */
export interface ProberData {
  readonly targets: readonly ProbeTarget[];
  /** Attempts that earlier threads made, by target. */
  readonly counted: ReadonlyMap<string, number>;
  /** Attempts at the same time. */
  readonly atOnce: number;
  /** Attempts that may wait to be taken by the observing thread. */
  readonly maxWaiting: number;
}

/** What the probing thread has to tell of one turn of its loop, in the order in which it happened. */
export interface Report {
  readonly type: 'report';
  readonly inputs: readonly (DialledInput | ProbeInput)[];
  /** Attempts that were made and are not told, because too many wait already; since the last report. */
  readonly untold: number;
}

export type ToProber =
  | { readonly type: 'follow'; readonly targets: readonly ProbeTarget[] }
  /** So many attempts of reports were taken. */
  | { readonly type: 'taken'; readonly attempts: number }
  /** The kernel had to send so many segments again in this attempt. */
  | { readonly type: 'sent-again'; readonly target: string; readonly attempt: number; readonly retransmits: number }
  | { readonly type: 'stop' };
