// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that do not exist; ARIA's grid says how many there are
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)
import { useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { count, many } from '../../formats/words/amount.ts';
import { type Column, type Order, sorted } from '../model/connection-sort.ts';
import { ConnectionRow } from './connection-row.tsx';
import { Empty } from './empty.tsx';
import { rowHeight } from './narrow.ts';
import type { Page } from './page.ts';
import { useRowPress } from './row-press.ts';
import { reveal, VirtualRows } from './virtual-rows.tsx';

const COLUMNS: readonly (readonly [Column, string])[] = [
  ['state', 'state'],
  ['local', 'local'],
  ['remote', 'remote'],
  ['since', 'in it for'],
  ['owner', 'owner'],
  ['origin', 'origin'],
  ['retransmits', 'retransmits'],
];

/** The connections that fit the filter, kept current from events and drawn anew four times a second. */
export function Connections({ page }: { page: Page }) {
  const { connections, manyNetns } = page.store;
  const box = useRef<HTMLDivElement>(null);
  const order = useSignal<Order>({ by: 'state', down: false });
  const rows = useComputed(() => {
    page.nowMs.value;
    page.store.inForce.value;
    return sorted(connections.rows(), order.value);
  }).value;
  const height = rowHeight();
  const selection = page.selection.value;
  const chosen = selection !== null && 'connection' in selection ? rows.findIndex(({ sock }) => sock === selection.connection.sock) : -1;
  const netns = manyNetns.value;
  const choose = (index: number): void => {
    const connection = rows[index];
    if (connection === undefined) return;
    page.select({ connection });
    reveal(box.current, index, height);
  };

  const press = useRowPress(choose);

  return (
    <div class={netns ? 'connections with-netns' : 'connections'} {...press}>
      <Doubts page={page} />
      <VirtualRows
        label="Connections"
        count={rows.length}
        rowHeight={height}
        columns={COLUMNS.length + Number(netns)}
        active={chosen < 0 ? undefined : `connection-${chosen}`}
        box={box}
        onMove={(by) => choose(Math.max(0, Math.min(rows.length - 1, chosen + by)))}
        head={
          <div class="row head" role="row">
            {COLUMNS.map(([column, name]) => (
              <SortHead
                key={column}
                column={column}
                name={name}
                order={order.value}
                onOrder={(next) => {
                  order.value = next;
                }}
              />
            ))}
            {netns && <span role="columnheader">netns</span>}
          </div>
        }
        row={(index) => {
          const connection = rows[index];
          if (connection === undefined) return null;
          const ageUs = connection.sinceNs === null ? null : page.store.clock.ageUs(connection.sinceNs, page.shownMs.value);
          return (
            <ConnectionRow key={connection.sock} of={connection} index={index} ageUs={ageUs} netns={netns} chosen={index === chosen} />
          );
        }}
      />
      {rows.length === 0 && (page.health.value.trusted ? <p class="empty">No connection fits.</p> : <Empty page={page} />)}
    </div>
  );
}

function SortHead({ column, name, order, onOrder }: { column: Column; name: string; order: Order; onOrder: (order: Order) => void }) {
  const own = order.by === column;
  return (
    <span role="columnheader" aria-sort={own ? (order.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={() => onOrder({ by: column, down: own && !order.down })}>
        {name}
        {own ? (order.down ? ' ▼' : ' ▲') : ''}
      </button>
    </span>
  );
}

/** Why the list may not be all, or not be current. */
function Doubts({ page }: { page: Page }) {
  const { connections, inForce, tableMissed } = page.store;
  const off = (['state', 'time-wait', 'retransmit'] as const).filter((kind) => inForce.value?.kinds.includes(kind) === false);
  const doubts = [
    connections.unlisted > 0 && `${count(connections.unlisted)} more are not listed: narrow the filter to see them`,
    tableMissed.value > 0 && `this page missed ${many(tableMissed.value, 'event')}, so rows may be out of date`,
    off.length > 0 && `${off.join(', ')} switched off, so the list is not kept current by ${off.length === 1 ? 'it' : 'them'}`,
  ].filter((doubt) => doubt !== false);
  if (doubts.length === 0) return null;
  return (
    <p class="doubts" data-testid="connection-doubts">
      <span>{doubts.join(' · ')}</span>
      <button type="button" onClick={() => page.refresh()}>
        Fetch again
      </button>
    </p>
  );
}
