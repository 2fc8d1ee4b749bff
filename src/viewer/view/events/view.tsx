import { count, many } from '../../../formats/words/amount.ts';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';
import type { ViewPart } from '../view-part.ts';
import { EventTable } from './event-table.tsx';

/** Everything that happens, newest first. */
export const eventsView: ViewPart = {
  name: 'events',
  title: 'Events',
  count: (page) => page.store.feed.received,
  Body: EventTable,
  Tools: EventTools,
};

function EventTools({ page }: { page: Page }) {
  page.frame.value;
  const { feed } = page.store;
  return (
    <>
      <Paused page={page} />
      <button type="button" data-testid="pause" onClick={() => page.togglePause()}>
        {feed.paused === null ? 'Pause' : 'Resume'}
      </button>
      <button type="button" data-testid="clear" onClick={() => page.clear()}>
        Clear
      </button>
    </>
  );
}

function Paused({ page }: { page: Page }) {
  const { feed } = page.store;
  if (feed.paused === null) return null;
  const gone = feed.waitingGone === 0 ? '' : `, ${count(feed.waitingGone)} of them already beyond this page’s last ${count(feed.capacity)}`;
  return (
    <button type="button" class="paused" data-testid="paused" data-waiting={feed.waiting} onClick={() => page.resume()}>
      <Glyph shape="square" />
      paused ·{' '}
      {feed.waiting === 0 ? 'nothing newer' : `${many(feed.waiting, 'newer event')} ${feed.waiting === 1 ? 'waits' : 'wait'}${gone}`}
    </button>
  );
}
