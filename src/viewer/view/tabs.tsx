import { count, many } from '../../formats/words/amount.ts';
import { Glyph } from './glyph.tsx';
import type { Page } from './page.ts';

/** Events or connections, and the event table's own controls. */
export function Tabs({ page }: { page: Page }) {
  page.frame.value;
  const { feed, connections } = page.store;
  const tab = page.tab.value;
  return (
    <nav class="tabs" aria-label="Views">
      <button
        type="button"
        aria-current={tab === 'events' ? 'page' : undefined}
        data-testid="tab-events"
        onClick={() => page.show('events')}
      >
        Events{' '}
        <span class="number" data-testid="event-count" data-value={feed.received}>
          {count(feed.received)}
        </span>
      </button>
      <button
        type="button"
        aria-current={tab === 'connections' ? 'page' : undefined}
        data-testid="tab-connections"
        onClick={() => page.show('connections')}
      >
        Connections <span class="number">{count(connections.size + connections.unlisted)}</span>
      </button>
      {tab === 'events' && (
        <span class="controls">
          <Paused page={page} />
          <button type="button" data-testid="pause" onClick={() => page.togglePause()}>
            {feed.paused === null ? 'Pause' : 'Resume'}
          </button>
          <button type="button" data-testid="clear" onClick={() => page.clear()}>
            Clear
          </button>
        </span>
      )}
    </nav>
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
