import { useComputed } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { duration, many } from '../../../formats/words/amount.ts';
import { endpoint } from '../../../formats/words/endpoint.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { onlyThis } from '../../model/filter-terms.ts';
import { isLengthKnown, type Life, lifeOf } from '../../model/life.ts';
import type { Memory } from '../../model/watched.ts';
import { shortTime, wireTime } from '../../words/moment.ts';
import { OwnerDetails } from '../owner-details.tsx';
import type { Page } from '../page.ts';
import { Facts, Panel } from '../panel.tsx';
import { remote } from '../socket-cells.tsx';
import { Story } from './story.tsx';
import { TimeLine } from './time-line.tsx';
import { useRemembered } from './use-remembered.ts';

/** One socket's life: its states as slices, what happened to it, how far its bytes came; then every step in words. */
export function SocketLife({ page, id }: { page: Page; id: string }) {
  const sock = Number(id);
  const { store } = page;
  useLayoutEffect(() => {
    store.watch(sock);
    page.frame.value++;
    return () => store.watched.end();
  }, [sock, store, page]);
  useRemembered(page, sock);
  const known = useComputed(() => {
    page.frame.value;
    store.inForce.value;
    const nowNs = store.clock.nowNs(page.shownMs.value);
    const { events, attempts, memory, connection: remembered } = store.watched;
    const connection = store.connections.get(sock) ?? remembered;
    return { connection, events, attempts, memory, life: nowNs === null ? null : lifeOf(events, connection, nowNs, attempts) };
  }).value;
  const { connection, events, attempts, memory, life } = known;
  const about = connection ?? events.at(-1) ?? null;
  if (about === null) {
    return (
      <Panel page={page} title={`socket ${id}`} testid="life" place="below">
        <p>{memory === 'asking' ? `Asking what is remembered of socket ${id}…` : NOTHING(id)}</p>
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
    <Panel page={page} title={title} testid="life" place="below" copy={{ connection, events, attempts }}>
      <div class="life">
        <div class="life-main">
          <div class="details-tools">
            <button type="button" data-testid="only-this" onClick={() => page.filter(onlyThis(about, about.netns))}>
              Only this connection
            </button>
            {attempts.slice(-1).map(({ target, attempt }) => (
              <button
                key={target}
                type="button"
                data-testid="socket-probe"
                onClick={() => {
                  page.set('attempt', String(attempt));
                  page.set('open', `probe:${target}`);
                }}
              >
                Probe {visibleText(target)}
              </button>
            ))}
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

const NOTHING = (id: string): string =>
  `Nothing is remembered of socket ${id}: it ended too long ago, or belongs to an earlier run of Synoptic, which numbered its sockets anew. Choose another socket.`;

/** Where the first of what is shown stands in its life. */
function beginningOf(memory: Memory, { slices: [first] }: Life): string {
  if (memory === 'asking') return 'asking how it began…';
  const held = first?.startSeen === true && (first.state === 'SYN_SENT' || first.state === 'SYN_RECV' || first.state === 'LISTEN');
  if (memory === 'nothing') return held ? 'seen from its beginning' : 'how it began is not known here';
  if (memory.beginning === 'seen') return 'seen from its beginning';
  if (memory.beginning === 'unseen') return 'its beginning was not seen: it was there before Synoptic, or that was lost';
  return 'its beginning is no longer remembered';
}

/** How much of its life is known. */
function horizon(life: Life, page: Page): string {
  const { fromNs, toNs, over } = life;
  const start = page.store.clock.wallMs(fromNs);
  const when = start === null ? '' : ` since ${shortTime(wireTime(start), page.zone.value)}`;
  const { memory, left } = page.store.watched;
  const length = isLengthKnown(life) ? ` ${duration((toNs - fromNs) / 1000)}` : ', for how long is not known';
  return [
    `${over ? 'lived' : 'lives'}${length}${isLengthKnown(life) ? when : ''}`,
    beginningOf(memory, life),
    typeof memory === 'object' && memory.holes && 'some of what came later may be forgotten',
    left > 0 && `${many(left, 'older event')} left out`,
  ]
    .filter((part) => part !== false)
    .join(' · ');
}
