// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that do not exist; ARIA's grid says how many there are
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)
import { useComputed } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { isTimeWaitInferred } from '../../../core/model/hook.ts';
import type { Connection } from '../../../formats/status.ts';
import { count, many } from '../../../formats/words/amount.ts';
import { type Column, type Order, orderOf, orderText, SortedRows } from '../../model/connection-sort.ts';
import { stateIn } from '../../model/filter-terms.ts';
import { Empty } from '../empty.tsx';
import type { Page } from '../page.ts';
import { rowHeight } from '../table/narrow.ts';
import { useRowPress } from '../table/row-press.ts';
import { reveal, VirtualRows } from '../table/virtual-rows.tsx';
import { ConnectionRow } from './connection-row.tsx';

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
  const { manyNetns } = page.store;
  const box = useRef<HTMLDivElement>(null);
  const rows = useSorted(page);
  const order = orderOf(page.params.value['sort'] ?? '');
  const height = rowHeight();
  const open = page.open.value;
  const chosen = open.startsWith('sock:') ? rows.findIndex(({ sock }) => `sock:${sock}` === open) : -1;
  const netns = manyNetns.value;
  const inferred = isTimeWaitInferred(page.store.status.value?.hooks ?? []);
  const choose = (index: number): void => {
    const connection = rows[index];
    if (connection === undefined) return;
    page.set('open', `sock:${connection.sock}`);
    reveal(box.current, index, height);
  };
  // A life that opens below takes room from the rows: what was chosen stays in sight.
  useLayoutEffect(() => {
    if (chosen >= 0) requestAnimationFrame(() => reveal(box.current, chosen, height));
  }, [open]);

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
              <SortHead key={column} column={column} name={name} order={order} onOrder={(next) => page.set('sort', orderText(next))} />
            ))}
            {netns && <span role="columnheader">netns</span>}
          </div>
        }
        row={(index) => {
          const connection = rows[index];
          if (connection === undefined) return null;
          const ageUs = connection.sinceNs === null ? null : page.store.clock.ageUs(connection.sinceNs, page.shownMs.value);
          return (
            <ConnectionRow
              key={connection.sock}
              of={connection}
              index={index}
              ageUs={ageUs}
              netns={netns}
              inferred={inferred}
              chosen={index === chosen}
            />
          );
        }}
      />
      {rows.length === 0 && <NoRows page={page} />}
    </div>
  );
}

function NoRows({ page }: { page: Page }) {
  const { inForce } = page.store;
  const { phase, trusted } = page.health.value;
  if (!trusted || phase !== 'observing' || inForce.value === null) return <Empty page={page} />;
  const filtered = inForce.value.filter !== '';
  return (
    <p class="empty" data-testid="empty">
      <b>{filtered ? 'No connection fits' : 'No connection is known'}</b>
      <span>{filtered ? '“Show all” takes the filter away.' : 'Sockets appear here as they open.'}</span>
    </p>
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

/** The rows in the order that the address asks for, brought up to date four times a second. */
function useSorted(page: Page): readonly Connection[] {
  const { connections, inForce } = page.store;
  const sorted = useMemo(() => new SortedRows(), []);
  return useComputed(() => {
    page.nowMs.value;
    page.listed.value;
    inForce.value;
    // A copy only where something changed, and so the same array where nothing did.
    return sorted.update(connections, orderOf(page.params.value['sort'] ?? ''));
  }).value;
}

/** Why the list may not be all, or not be current. */
function Doubts({ page }: { page: Page }) {
  const { connections, inForce, tableMissed } = page.store;
  const off = (['state', 'time-wait', 'retransmit'] as const).filter((kind) => inForce.value?.kinds.includes(kind) === false);
  const doubts = [
    connections.unlisted > 0 &&
      `${count(connections.unlisted)} more are ${page.listed.value ? 'not listed: narrow the filter to see them' : 'on their way'}`,
    stateIn(inForce.value?.filter ?? '') === 'TIME_WAIT' &&
      'listed are those that entered TIME_WAIT while this page looked; the TIME_WAIT view counts the others',
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
