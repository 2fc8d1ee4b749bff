import { setImmediate as breath } from 'node:timers/promises';
import { SynopticError } from '../core/model/errors.ts';
import { parseFilter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { ConnectionPage, Status, TimeWaitView } from '../formats/status.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import type { Bytes } from '../sinks/live-outlet.ts';
import type { MetricsSink } from '../sinks/metrics.ts';
import type { Listing, Observation } from '../sinks/observation.ts';
import { type CaptureCalls, capturesCore } from './captures-core.ts';

/**
 * What the serving thread may ask of the observing one. Every answer is plain data, for it is copied from one to the other; what may be long
 * is JSON already, in bytes that are handed over.
 */
export interface Core extends CaptureCalls {
  alive(): Promise<true>;
  status(): Promise<Status>;
  /** A {@link ConnectionPage} in JSON. `filter` was understood before. */
  connections(filter: string, limit: number, afterSock: number): Promise<Bytes>;
  timeWait(): Promise<TimeWaitView>;
  netstack(): Promise<NetstackView>;
  /** Prometheus's text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export type CoreCall = keyof Core;

/** Rows printed before what comes from the kernel has its turn: some 0.5 ms. */
const ROWS = 250;

/** Answers from the observation itself. */
export function coreOf(observation: Observation, { registry }: MetricsSink, captures: Captures | null): Core {
  const inTurn = oneAtATime();
  return {
    alive: async () => true,
    status: async () => observation.status(),
    connections: (text, limit, afterSock) =>
      inTurn(async () => {
        const filter = parseFilter(text);
        return printPage(await observation.connections(filter, limit, afterSock), filter.text, limit);
      }),
    timeWait: () => inTurn(() => observation.timeWait()),
    netstack: () => observation.netstack(),
    metrics: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    ...capturesCore(captures),
  };
}

/** Lists that may wait for one another: who comes later is turned away at once. */
const WAITING = 8;

/** Many who ask for long lists wait for each other, so that between two slices of one list there is never a slice of each of them. */
function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (task) => {
    if (waiting >= WAITING) {
      throw new SynopticError('CORE_SILENT', `${WAITING} others wait for long lists already.`, { mend: 'ask again in a second' });
    }
    waiting++;
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      waiting--;
    }
  };
}

async function printPage({ seq, total, rows }: Listing, filter: string, limit: number): Promise<Bytes> {
  const last = rows.at(-1);
  const next = last !== undefined && rows.length === limit ? last.sock : null;
  const frame = JSON.stringify({ seq, filter, total, next, connections: [] } satisfies ConnectionPage);
  const parts: string[] = [];
  for (let from = 0; from < rows.length; from += ROWS) {
    if (from > 0) await breath();
    parts.push(JSON.stringify(rows.slice(from, from + ROWS)).slice(1, -1));
  }
  return new TextEncoder().encode(`${frame.slice(0, -2)}${parts.join(',')}]}`);
}
