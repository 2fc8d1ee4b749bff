import type { Filter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { Connection, Status, TimeWaitView } from '../formats/status.ts';

/**
 * What sinks and server may ask of a running observation, live or replayed. All but `netstack` answer at once, from memory, and are
 * consistent with each other: between two events.
 */
export interface Observation {
  status(): Status;
  /** Sequence number of the last event; 0 before the first. What `connections` says contains it. */
  lastSeq(): number;
  /**
   * Connections that fit, by ascending `sock`: at most `limit` rows with a `sock` above `afterSock`. `total` counts all that fit,
   * whatever `limit` and `afterSock` are.
   */
  connections(filter: Filter, limit: number, afterSock: number): { total: number; rows: Connection[] };
  timeWait(): TimeWaitView;
  netstack(): Promise<NetstackView>;
}
