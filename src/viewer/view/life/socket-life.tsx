import { useComputed } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { duration, many } from '../../../formats/words/amount.ts';
import { endpoint } from '../../../formats/words/endpoint.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { onlyThis } from '../../model/filter-terms.ts';
import { type Life, lifeOf } from '../../model/life.ts';
import { shortTime, wireTime } from '../../words/moment.ts';
import { OwnerDetails } from '../owner-details.tsx';
import type { Page } from '../page.ts';
import { Facts, Panel } from '../panel.tsx';
import { remote } from '../socket-cells.tsx';
import { Story } from './story.tsx';
import { TimeLine } from './time-line.tsx';

/** One socket's life: its states as slices, what happened to it, how far its bytes came; then every step in words. */
export function SocketLife({ page, id }: { page: Page; id: string }) {
  const sock = Number(id);
  const { store } = page;
  useLayoutEffect(() => {
    store.watch(sock);
    page.frame.value++;
    return () => store.watched.end();
  }, [sock, store, page]);
  const known = useComputed(() => {
    page.frame.value;
    store.inForce.value;
    const nowNs = store.clock.nowNs(page.shownMs.value);
    const connection = store.connections.get(sock);
    const { events } = store.watched;
    return { connection, events, life: nowNs === null ? null : lifeOf(events, connection, nowNs) };
  }).value;
  const { connection, events, life } = known;
  const about = connection ?? events.at(-1) ?? null;
  if (about === null) {
    return (
      <Panel page={page} title={`socket ${id}`} testid="life" place="below">
        <p>
          Nothing is known here of socket {id}: it ended before this page was opened, or the filter leaves it out. Take the filter away, or
          choose another socket.
        </p>
      </Panel>
    );
  }
  const title = (
    <>
      socket {id} · <bdi>{endpoint(visibleText(about.laddr), about.lport)}</bdi> → <bdi>{remote(about)}</bdi>
      {about.comm !== null && <i> {visibleText(about.comm)}</i>}
    </>
  );
  return (
    <Panel page={page} title={title} testid="life" place="below" copy={{ connection, events }}>
      <div class="life">
        <div class="life-main">
          <div class="details-tools">
            <button type="button" data-testid="only-this" onClick={() => page.filter(onlyThis(about, about.netns))}>
              Only this connection
            </button>
            <button
              type="button"
              aria-pressed={page.params.value['scale'] === 'true'}
              title="Off: each stay has room by the logarithm of its length"
              onClick={() => page.set('scale', page.params.value['scale'] === 'true' ? '' : 'true')}
            >
              True lengths
            </button>
            <span class="scope">{life === null ? '' : horizon(life, page)}</span>
          </div>
          {life !== null && <TimeLine page={page} life={life} />}
          <Story page={page} events={events} />
        </div>
        <div>
          <OwnerDetails page={page} of={about} />
          <Facts of={about} zone={page.zone.value} />
        </div>
      </div>
    </Panel>
  );
}

/** How much of its life this page can know. */
function horizon({ slices, fromNs, toNs, over }: Life, page: Page): string {
  const [first] = slices;
  const start = page.store.clock.wallMs(fromNs);
  const when = start === null ? '' : ` since ${shortTime(wireTime(start), page.zone.value)}`;
  const whole = first?.startSeen === true && (first.state === 'SYN_SENT' || first.state === 'SYN_RECV' || first.state === 'LISTEN');
  const length = duration((toNs - fromNs) / 1000);
  const left = page.store.watched.left;
  return [
    `${over ? 'lived' : 'lives'} ${length}${when}`,
    whole ? 'seen from its beginning' : 'what came before is not held by this page',
    left > 0 && `${many(left, 'older event')} left out`,
  ]
    .filter((part) => part !== false)
    .join(' · ');
}
