import { count } from '../../../formats/words/amount.ts';
import type { Group, Grouping } from '../../model/time-wait-ledger.ts';
import { GROUPING_WORDS } from '../../words/grouping.ts';
import { shortTime } from '../../words/moment.ts';
import type { Page } from '../page.ts';
import { GroupButton } from './heat-map.tsx';

/** Who entered, who left and how, who is still there: since this page was opened. */
export function Ledger({ page, by, groups }: { page: Page; by: Grouping; groups: readonly Group[] }) {
  const since = page.store.subscribedAt.value;
  if (groups.length === 0) return null;
  return (
    <section class="ledger" aria-label="Ledger">
      <h2>Ledger{since !== null && <small> since {shortTime(since, page.zone.value)}</small>}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{GROUPING_WORDS[by]}</th>
            <th scope="col">waiting</th>
            <th scope="col">entered</th>
            <th scope="col">expired</th>
            <th scope="col">taken over</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ name, waiting, entered, expired, reused }) => (
            <tr key={name}>
              <th scope="row">
                <GroupButton page={page} by={by} name={name} />
              </th>
              <td class="number">{count(waiting)}</td>
              <td class="number">{count(entered)}</td>
              <td class="number">{count(expired)}</td>
              <td class="number">{count(reused)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {page.store.timeWait.forgotten > 0 && (
        <p class="anomaly">{count(page.store.timeWait.forgotten)} entries were too many to follow here</p>
      )}
    </section>
  );
}
