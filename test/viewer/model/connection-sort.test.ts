import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/formats/status.ts';
import { COLUMNS, type Order, orderOf, orderText, SortedRows } from '../../../src/viewer/model/connection-sort.ts';
import { ConnectionTable } from '../../../src/viewer/model/connection-table.ts';
import { aConnection, transition } from '../wire.ts';

const ROWS = [
  aConnection({ sock: 1, state: 'TIME_WAIT', lport: 9, retransmits: 3, sinceNs: '30' }),
  aConnection({ sock: 2, state: 'LISTEN', lport: 443, retransmits: 0, sinceNs: null }),
  aConnection({ sock: 3, state: 'ESTABLISHED', lport: 80, retransmits: 3, sinceNs: '4' }),
];

function tableOf(connections: readonly Connection[]): ConnectionTable {
  const table = new ConnectionTable(1000);
  table.reset({ seq: 0, total: connections.length, connections });
  return table;
}
const socks = (connections: readonly Connection[], order: Order): number[] =>
  new SortedRows().update(tableOf(connections), order).map(({ sock }) => sock);

describe('sorting connections', () => {
  it('puts states in the order of the diagram, not of the alphabet or of Linux’s numbers', () => {
    expect(socks(ROWS, { by: 'state', down: false })).toEqual([2, 3, 1]);
  });

  it('compares ports and times as numbers', () => {
    expect(socks(ROWS, { by: 'local', down: false })).toEqual([1, 3, 2]);
    expect(socks(ROWS, { by: 'since', down: false })).toEqual([2, 3, 1]);
  });

  it('keeps equal rows in one order both ways, so that they do not dance', () => {
    expect(socks(ROWS, { by: 'retransmits', down: true })).toEqual([1, 3, 2]);
    expect(socks([...ROWS].reverse(), { by: 'retransmits', down: false })).toEqual([2, 1, 3]);
  });

  it('keeps an order while rows come, change and go, exactly as sorting all anew would', () => {
    const step = fc.record({
      sock: fc.integer({ min: 1, max: 40 }),
      to: fc.constantFrom('SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT', 'CLOSE'),
    });
    const order = fc.record({ by: fc.constantFrom(...COLUMNS), down: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 8 }), order, (rounds, by) => {
        const table = tableOf(Array.from({ length: 20 }, (_, index) => aConnection({ sock: index + 1, lport: (index * 7) % 5 })));
        const kept = new SortedRows();
        let seq = 0;
        for (const round of rounds) {
          for (const { sock, to } of round) {
            const from = to === 'SYN_SENT' ? 'CLOSE' : 'ESTABLISHED';
            table.accept(transition(++seq, from, to as Connection['state'], { sock, lport: sock % 3 }));
          }
          const anew = tableOf([...table.values()]);
          expect(kept.update(table, by)).toEqual(new SortedRows().update(anew, by));
        }
      }),
    );
  });

  it('gives the same array where nothing changed', () => {
    const table = tableOf(ROWS);
    const kept = new SortedRows();
    const order = { by: 'state', down: false } as const;
    expect(kept.update(table, order)).toBe(kept.update(table, order));
  });

  it('writes an order into the address and reads it back; what it does not know is the usual order', () => {
    for (const by of COLUMNS) for (const down of [false, true]) expect(orderOf(orderText({ by, down }))).toEqual({ by, down });
    expect(orderOf('-nonsense')).toEqual({ by: 'state', down: false });
  });
});
