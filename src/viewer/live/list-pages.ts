import type { ConnectionPage } from '../../formats/status.ts';
import type { ConnectionTable } from '../model/connection-table.ts';
import { backOffMs } from './back-off.ts';
import type { Answer } from './link.ts';

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
  ask(method: string, path: string): Promise<Answer>;
  /** Rows came. */
  changed(): void;
  /** @default a timer */
  wait?(ms: number): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Gets the connections that a snapshot only counted, page by page. A page that the service had no time for is asked for again, as the connection
 * itself is; one that it refuses is not.
 *
 * @returns whether it came to its end.
 */
export async function listPages(options: ListOptions): Promise<boolean> {
  const { table, filter, after, total, most, ask, changed, wait = pause, signal } = options;
  let next: number | null = after;
  let listed = table.size;
  let failures = 0;
  while (next !== null && listed < most) {
    const query = new URLSearchParams({ filter, limit: String(LIMIT), after: String(next) });
    const answer = await ask('GET', `/api/v1/connections?${query}`);
    if (signal.aborted) return false;
    if (answer.ok) {
      // Our own service on our own origin; its tests hold it against the schema.
      const { connections, next: following } = answer.value as ConnectionPage;
      table.more(connections);
      listed += connections.length;
      next = connections.length === 0 ? null : following;
      failures = 0;
      changed();
    } else if (passes(answer.status)) failures++;
    else return false;
    await wait(failures === 0 ? PAUSE_MS : backOffMs(failures));
    if (signal.aborted) return false;
  }
  table.whole(next === null ? 0 : Math.max(0, total - listed));
  return true;
}

/** Whether the same question may be answered later: nobody was there, or somebody who was busy. */
function passes(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** A browser has no timer that is awaited. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
