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

/** Whether the row is about one socket, and so has a four-tuple and an owner. */
export function isSocketEvent(row: Row): row is SocketEvent {
  return 'laddr' in row;
}
