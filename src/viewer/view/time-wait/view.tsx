import { useComputed } from '@preact/signals';
import { many } from '../../../formats/words/amount.ts';
import { GROUPINGS, type Grouping, isTold } from '../../model/time-wait-ledger.ts';
import { GROUPING_WORDS } from '../../words/grouping.ts';
import { shortTime } from '../../words/moment.ts';
import { Empty } from '../empty.tsx';
import type { Page } from '../page.ts';
import type { ViewPart } from '../view-part.ts';
import { HeatMap } from './heat-map.tsx';
import { Ledger } from './ledger.tsx';
import { Pools } from './pools.tsx';
import { Reckoning } from './reckoning.tsx';
import { useServiceLedger } from './service-ledger.ts';

/** Who waits in TIME_WAIT, for how long, who takes it over, and which pools of ports that uses up. */
export const timeWaitView: ViewPart = {
  name: 'time-wait',
  title: 'TIME_WAIT',
  count: ({ store }) => store.status.value?.sockets.byState.TIME_WAIT ?? null,
  Body: TimeWait,
};

/** Rows of the heat map and the ledger. */
const MOST = 40;

function TimeWait({ page }: { page: Page }) {
  const { store } = page;
  const by = groupingOf(page);
  const since = store.subscribedAt.value;
  const service = useServiceLedger(page);
  const second = useComputed(() => Math.floor(page.shownMs.value / 1000));
  const known = useComputed(() => {
    store.inForce.value;
    // Once a second: what is shown are steps of five.
    const nowNs = store.clock.nowNs(second.value * 1000 + 1000);
    // The service's own list knows no filter.
    const told = store.inForce.value?.filter === '' ? (service.value?.ledger.groups ?? null) : null;
    // No event came here yet: nothing is known but what the service tells.
    if (nowNs === null && told === null) return { groups: [], total: 0 };
    return store.timeWait.groups(groupingOf(page), nowNs ?? 0, MOST, told);
  }).value;
  if (store.status.value === null) {
    return (
      <div class="tw-view">
        <Empty page={page} />
      </div>
    );
  }
  return (
    <div class="tw-view">
      <Reckoning page={page} service={service.value} />
      <Pools page={page} service={service.value} />
      <fieldset class="by">
        <legend class="unseen">Group by</legend>
        <span>by</span>
        {GROUPINGS.map((grouping) => (
          <button
            key={grouping}
            type="button"
            aria-pressed={grouping === by}
            onClick={() => page.set('by', grouping === 'destination' ? '' : grouping)}
          >
            {GROUPING_WORDS[grouping]}
          </button>
        ))}
        {(!isTold(by) || store.inForce.value?.filter !== '') && (
          <span class="scope">
            of those that entered while this page looked{since === null ? '' : `: since ${shortTime(since, page.zone.value)}`}
          </span>
        )}
        {known.total > MOST && (
          <span class="scope">
            the {MOST} largest of {many(known.total, 'group')}
          </span>
        )}
      </fieldset>
      <HeatMap page={page} by={by} groups={known.groups} />
      <Ledger page={page} by={by} groups={known.groups} />
    </div>
  );
}

function groupingOf(page: Page): Grouping {
  return GROUPINGS.find((grouping) => grouping === page.params.value['by']) ?? 'destination';
}
