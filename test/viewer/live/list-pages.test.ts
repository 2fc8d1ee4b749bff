import { describe, expect, it } from 'vitest';
import { ConnectionPage } from '../../../src/formats/status.ts';
import { listPages } from '../../../src/viewer/live/list-pages.ts';
import { ConnectionTable } from '../../../src/viewer/model/connection-table.ts';
import { aConnection } from '../wire.ts';

/** A service that lists sockets 1 to `total`, `size` at a time. */
function service(total: number, size: number) {
  const asked: string[] = [];
  return {
    asked,
    fetch: (path: string): Promise<unknown> => {
      asked.push(path);
      const after = Number(new URLSearchParams(path.split('?')[1]).get('after'));
      const connections = Array.from({ length: Math.min(size, total - after) }, (_, index) => aConnection({ sock: after + index + 1 }));
      const next = after + size < total ? after + size : null;
      return Promise.resolve(ConnectionPage.parse({ seq: 0, filter: '', total, connections, next }));
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
    const { asked, fetch } = service(7, 3);
    expect(await listPages({ ...options, table, total: 7, most: 1000, fetch, signal: new AbortController().signal })).toBe(true);
    expect([table.size, table.unlisted]).toEqual([7, 0]);
    expect(asked).toHaveLength(2);
    expect(new URLSearchParams(asked[0]?.split('?')[1]).get('filter')).toBe('port=443 comm="my app"');
  });

  it('stops at its cap and says how many are not listed', async () => {
    const table = begun(100, 6);
    const { fetch } = service(100, 4);
    await listPages({ ...options, table, total: 100, most: 6, fetch, signal: new AbortController().signal });
    expect([table.size, table.unlisted]).toEqual([6, 94]);
  });

  it('stops when another snapshot takes its place, and when the service does not answer', async () => {
    const stop = new AbortController();
    const table = begun(7);
    const { fetch } = service(7, 3);
    const listing = listPages({ ...options, table, total: 7, most: 1000, fetch, changed: () => stop.abort(), signal: stop.signal });
    expect(await listing).toBe(false);
    expect(table.size).toBe(5);
    const silent = { ...options, table, total: 7, most: 1000, fetch: () => Promise.resolve(null), signal: new AbortController().signal };
    expect(await listPages(silent)).toBe(false);
  });
});
