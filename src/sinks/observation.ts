import type { FindingEvent } from '../core/model/event.ts';
import type { Filter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { SocketLife } from '../formats/socket-life.ts';
import type { Connection, Status, TimeWaitView } from '../formats/status.ts';

/** Connections that fit a filter. */
export interface Listing {
  /** The last event before the table was looked through: every row contains at least what happened up to there. */
  readonly seq: number;
  /** All that fit, however few are listed. */
  readonly total: number;
  readonly rows: readonly Connection[];
}

export interface Findings {
  readonly open: readonly FindingEvent[];
  readonly resolved: readonly FindingEvent[];
  /** Not opened because too many of their detector were, by detector. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * What sinks and server may ask of a running observation, live or replayed. `status` and `lastSeq` answer at once, from memory, and are
 * consistent with each other: between two events. The others look through tables of up to a million rows, so they do it in slices and
 * let what comes from the kernel go first; a row is as it was when it was looked at.
 */
export interface Observation {
  status(): Status;
  /** Sequence number of the last event; 0 before the first. */
  lastSeq(): number;
  /** By ascending `sock`: at most `limit` rows with a `sock` above `afterSock`. `total` is the same whatever those two are. */
  connections(filter: Filter, limit: number, afterSock: number): Promise<Listing>;
  /** What is remembered of one socket, be it nothing. */
  life(sock: number): Promise<SocketLife>;
  /** Open findings in the order of their opening, then those resolved lately, the latest first; at once, from memory. */
  findings(): Findings;
  timeWait(): Promise<TimeWaitView>;
  netstack(): Promise<NetstackView>;
}
