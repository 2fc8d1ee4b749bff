import type { FourTuple } from '../../core/model/four-tuple.ts';
import type { EventWire } from '../../formats/event.ts';

/** What this page itself did not see: its own kind of row, so that a hole in the table looks like one. */
export interface MissedRow {
  readonly kind: 'missed';
  /** RFC 3339 by the browser's clock. */
  readonly at: string;
  /** `slow`: the service skipped events for us. `disconnected`: there was no connection. `restarted`: another run answers now. */
  readonly cause: 'slow' | 'disconnected' | 'restarted';
  /** Events; null where nobody can know. While disconnected: all that happened, before any filter. */
  readonly missed: number | null;
  /** How long there was no connection, ms; null where there was one. */
  readonly downMs: number | null;
}

/** A row of the event table. */
export type Row = EventWire | MissedRow;

export type SocketEvent = Exclude<Extract<EventWire, { laddr: unknown }>, { kind: 'probe' }>;

/** Whether the row is about one socket, and so has a four-tuple and an owner. An attempt of a probe may have had a socket, and has no owner. */
export function isSocketEvent(row: Row): row is SocketEvent {
  return 'laddr' in row && row.kind !== 'probe';
}

/** Between whom; null where the row is about no connection, or about one that never came to be. */
export function tupleOf(row: Row): FourTuple | null {
  if (isSocketEvent(row)) return row;
  if (row.kind !== 'probe') return null;
  const { laddr, lport, raddr, rport } = row;
  return laddr === null || lport === null || raddr === null || rport === null ? null : { laddr, lport, raddr, rport };
}
