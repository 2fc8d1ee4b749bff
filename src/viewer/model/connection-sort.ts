import type { Connection } from '../../formats/status.ts';
import type { ConnectionTable } from './connection-table.ts';
import { STATE_ORDER } from './state-order.ts';

export const COLUMNS = ['state', 'local', 'remote', 'since', 'owner', 'origin', 'retransmits'] as const;
export type Column = (typeof COLUMNS)[number];
export interface Order {
  readonly by: Column;
  readonly down: boolean;
}

type Compare = (a: Connection, b: Connection) => number;

/** Code-unit order: the same everywhere, and tenfold faster than a locale's. */
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const RANK = Object.fromEntries(STATE_ORDER.map((state, rank) => [state, rank])) as Record<Connection['state'], number>;

const COMPARE: Record<Column, Compare> = {
  state: (a, b) => RANK[a.state] - RANK[b.state],
  local: (a, b) => text(a.laddr, b.laddr) || a.lport - b.lport,
  remote: (a, b) => text(a.raddr, b.raddr) || a.rport - b.rport,
  // The longest in its state first; an unseen start is before everything seen.
  since: (a, b) => Number(a.sinceNs ?? 0) - Number(b.sinceNs ?? 0),
  owner: (a, b) => text(a.comm ?? '', b.comm ?? '') || (a.pid ?? 0) - (b.pid ?? 0),
  origin: (a, b) => text(a.origin ?? '', b.origin ?? ''),
  retransmits: (a, b) => a.retransmits - b.retransmits,
};

/** Rows in an order that is kept as they change: with 100,000 of them sorting all anew four times a second would be seen. */
export class SortedRows {
  #order: Order = { by: 'state', down: false };
  #rows: Connection[] = [];

  get rows(): readonly Connection[] {
    return this.#rows;
  }

  /** Takes in what changed since the last call: O(rows) comparisons of numbers, and of rows only for those that changed. */
  update(table: ConnectionTable, order: Order): readonly Connection[] {
    const compare = comparing(order);
    const changed = table.takeChanged();
    const same = order.by === this.#order.by && order.down === this.#order.down;
    this.#order = order;
    if (changed === null || !same || changed.size > this.#rows.length / 2) {
      this.#rows = [...table.values()].sort(compare);
    } else if (changed.size > 0) {
      const kept = this.#rows.filter(({ sock }) => !changed.has(sock));
      const fresh = [...changed].flatMap((sock) => table.living(sock) ?? []).sort(compare);
      this.#rows = merged(kept, fresh, compare);
    }
    return this.#rows;
  }
}

/** Equal rows stay in the order of their sockets' numbers, so that rows do not dance. */
function comparing({ by, down }: Order): Compare {
  const compare = COMPARE[by];
  return down ? (a, b) => compare(b, a) || a.sock - b.sock : (a, b) => compare(a, b) || a.sock - b.sock;
}

/** Two sorted lists as one; `fresh` is the short one, and each of it finds its place by halving. */
function merged(kept: Connection[], fresh: readonly Connection[], compare: Compare): Connection[] {
  if (fresh.length === 0) return kept;
  const all: Connection[] = [];
  let taken = 0;
  for (const row of fresh) {
    let [low, high] = [taken, kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = kept[middle];
      if (other !== undefined && compare(other, row) < 0) low = middle + 1;
      else high = middle;
    }
    for (; taken < low; taken++) {
      const other = kept[taken];
      if (other !== undefined) all.push(other);
    }
    all.push(row);
  }
  for (; taken < kept.length; taken++) {
    const other = kept[taken];
    if (other !== undefined) all.push(other);
  }
  return all;
}

/** `-since` → since, downwards; how the address writes it. What is not understood is the order by state. */
export function orderOf(text: string): Order {
  const down = text.startsWith('-');
  const by = COLUMNS.find((column) => column === text.slice(down ? 1 : 0));
  return by === undefined ? { by: 'state', down: false } : { by, down };
}

export function orderText({ by, down }: Order): string {
  return by === 'state' && !down ? '' : `${down ? '-' : ''}${by}`;
}
