// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that do not exist; ARIA's grid says how many there are
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Empty } from '../empty.tsx';
import type { Page } from '../page.ts';
import { rowHeight } from '../table/narrow.ts';
import { useRowPress } from '../table/row-press.ts';
import { reveal, VirtualRows } from '../table/virtual-rows.tsx';
import { EVENT_COLUMNS, EventRow } from './event-row.tsx';

/** The live events, newest first. Scrolling away from the top, or a click on a row, holds it still. */
export function EventTable({ page }: { page: Page }) {
  page.frame.value; // draws once a frame, whatever arrives
  const { feed, manyNetns } = page.store;
  const box = useRef<HTMLDivElement>(null);
  const height = rowHeight();
  const reading = page.reading.value;
  const chosen = reading?.index ?? -1;
  const netns = manyNetns.value;
  const columns = netns ? [...EVENT_COLUMNS, 'netns'] : EVENT_COLUMNS;

  // Going on means going on at the newest.
  useLayoutEffect(() => {
    if (feed.paused === null) box.current?.scrollTo(0, 0);
  }, [feed.paused]);

  // Details closed at the top: nothing holds the table any more.
  useLayoutEffect(() => {
    if (reading === null && feed.paused === 'scroll' && (box.current?.scrollTop ?? 0) <= 1) page.resume();
  }, [reading, feed, page]);

  const choose = (index: number): void => {
    const row = feed.at(index);
    if (row === undefined) return;
    page.read(row, index);
    reveal(box.current, index, height);
  };
  const onScroll = (top: number): void => {
    const before = feed.paused;
    if (top > height / 2) feed.pause('scroll');
    else if (top <= 1 && before === 'scroll' && chosen < 0) feed.resume();
    if (feed.paused !== before) page.frame.value++;
  };
  const press = useRowPress(choose);

  return (
    <div class={netns ? 'events with-netns' : 'events'} {...press}>
      <VirtualRows
        label="Events, newest first"
        count={feed.length}
        rowHeight={height}
        columns={columns.length}
        active={chosen < 0 ? undefined : `event-${chosen}`}
        box={box}
        onScroll={onScroll}
        onMove={(rows) => choose(Math.max(0, chosen + rows))}
        head={
          <div class="row head" role="row">
            {columns.map((name) => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        }
        row={(index) => {
          const row = feed.at(index);
          // The place is the key: what flows by changes text, not elements.
          return (
            row && <EventRow key={index % 256} row={row} index={index} zone={page.zone.value} netns={netns} chosen={index === chosen} />
          );
        }}
      />
      {feed.length === 0 && <Empty page={page} />}
    </div>
  );
}
