import { describe, expect, it } from 'vitest';
import { ConnectionPage } from '../../../src/formats/status.ts';
import type { Answer } from '../../../src/viewer/live/link.ts';
import { listPages } from '../../../src/viewer/live/list-pages.ts';
import { ConnectionTable } from '../../../src/viewer/model/connection-table.ts';
import { aConnection } from '../wire.ts';

/** A service that lists sockets 1 to `total`, `size` at a time. */
function service(total: number, size: number) {
  const asked: string[] = [];
  return {
    asked,
    ask: (_method: string, path: string): Promise<Answer> => {
      asked.push(path);
      const after = Number(new URLSearchParams(path.split('?')[1]).get('after'));
      const connections = Array.from({ length: Math.min(size, total - after) }, (_, index) => aConnection({ sock: after + index + 1 }));
      const next = after + size < total ? after + size : null;
      return Promise.resolve({ ok: true, value: ConnectionPage.parse({ seq: 0, filter: '', total, connections, next }) });
    },
  };
}

function begun(total: number, cap = 1000): ConnectionTable {
  const table = new ConnectionTable(cap);
  table.reset({ seq: 0, total, connections: [aConnection({ sock: 1 }), aConnection({ sock: 2 })] });
  return table;
}

describe('listing what a snapshot only counted', () => {
  const options = { filter: 'port=443 comm="my app"', after: 2, changed: () => undefined };

  it('asks page by page behind the snapshot’s last socket, through the same filter, until it has all', async () => {
    const table = begun(7);
    const { asked, ask } = service(7, 3);
    expect(await listPages({ ...options, table, total: 7, most: 1000, ask, signal: new AbortController().signal })).toBe(true);
    expect([table.size, table.unlisted]).toEqual([7, 0]);
    expect(asked).toHaveLength(2);
    expect(new URLSearchParams(asked[0]?.split('?')[1]).get('filter')).toBe('port=443 comm="my app"');
  });

  it('stops at its cap and says how many are not listed', async () => {
    const table = begun(100, 6);
    const { ask } = service(100, 4);
    await listPages({ ...options, table, total: 100, most: 6, ask, signal: new AbortController().signal });
    expect([table.size, table.unlisted]).toEqual([6, 94]);
  });

  it('stops when another snapshot takes its place, and where the service refuses', async () => {
    const stop = new AbortController();
    const table = begun(7);
    const { ask } = service(7, 3);
    const listing = listPages({ ...options, table, total: 7, most: 1000, ask, changed: () => stop.abort(), signal: stop.signal });
    expect(await listing).toBe(false);
    expect(table.size).toBe(5);
    const refusing = (): Promise<Answer> => Promise.resolve({ ok: false, status: 401, problem: null });
    expect(await listPages({ ...options, table, total: 7, most: 1000, ask: refusing, signal: new AbortController().signal })).toBe(false);
  });

  it('asks again for a page that the service had no time for, each time later, and leaves none out', async () => {
    const table = begun(7);
    const { asked, ask } = service(7, 3);
    const silent = [503, 0, 503];
    const busy = (method: string, path: string): Promise<Answer> => {
      const status = asked.length === 1 ? silent.shift() : undefined;
      return status === undefined ? ask(method, path) : Promise.resolve({ ok: false, status, problem: null });
    };
    const waits: number[] = [];
    const wait = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
    expect(await listPages({ ...options, table, total: 7, most: 1000, ask: busy, wait, signal: new AbortController().signal })).toBe(true);
    expect([table.size, table.unlisted]).toEqual([7, 0]);
    expect(waits).toEqual([50, 500, 1000, 2000, 50]);
  });
});
