import type { ConnectionPage } from '../../formats/status.ts';
import type { ConnectionTable } from '../model/connection-table.ts';

/** Rows a request: some 3 MB of JSON, which takes the page about 30 ms. */
const LIMIT = 5000;
/** Between two of them, so that what is drawn and what streams in goes first. */
const PAUSE_MS = 50;

export interface ListOptions {
  readonly table: ConnectionTable;
  /** In force when the snapshot came. */
  readonly filter: string;
  /** Rows that the snapshot listed were the first ones: the highest `sock` of them, and how many fit in all. */
  readonly after: number;
  readonly total: number;
  readonly most: number;
  fetch(path: string): Promise<unknown>;
  /** Rows came. */
  changed(): void;
  readonly signal: AbortSignal;
}

/** Gets the connections that a snapshot only counted, page by page. @returns whether it came to its end. */
export async function listPages({ table, filter, after, total, most, fetch, changed, signal }: ListOptions): Promise<boolean> {
  let next: number | null = after;
  let listed = table.size;
  while (next !== null && listed < most) {
    const query = new URLSearchParams({ filter, limit: String(LIMIT), after: String(next) });
    // Our own service on our own origin; its tests hold it against the schema.
    const page = (await fetch(`/api/v1/connections?${query}`)) as ConnectionPage | null;
    if (signal.aborted || page === null) return false;
    table.more(page.connections);
    listed += page.connections.length;
    next = page.connections.length === 0 ? null : page.next;
    changed();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (signal.aborted) return false;
  }
  table.whole(next === null ? 0 : Math.max(0, total - listed));
  return true;
}
