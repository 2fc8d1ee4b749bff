import { count, many } from '../../../formats/words/amount.ts';
import { BINS, type Group, type Grouping, TIME_WAIT_S } from '../../model/time-wait-ledger.ts';
import { GROUPING_WORDS, groupFilter, groupName } from '../../words/grouping.ts';
import type { Page } from '../page.ts';

const BIN_S = TIME_WAIT_S / BINS;
/** Rows drawn; the ledger below has more. */
const ROWS = 12;

/** Groups × time in TIME_WAIT. The number: how many stand there now. The colour, and the per cent: of those that came so far, how many were taken over there. */
export function HeatMap({ page, by, groups }: { page: Page; by: Grouping; groups: readonly Group[] }) {
  const shown = groups.slice(0, ROWS);
  if (shown.length === 0) {
    return (
      <p class="scope">
        {(page.store.status.value?.sockets.byState.TIME_WAIT ?? 0) === 0
          ? 'Nobody waits in TIME_WAIT. Whoever closes first enters it for 60 s, and appears here then.'
          : 'Those that wait entered before this page looked, or do not fit the filter. By destination, and without a filter, the service tells them all.'}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a narrow page, which the arrow keys must reach
    <section class="heat-box" tabIndex={0} aria-label="Heat map of TIME_WAIT">
      <table class="heat">
        <caption>
          Number: how many have waited so long now. Colour and per cent: of those that came so far, how many were taken over there by a new
          connection.
          <span class="ramp" aria-hidden="true">
            {['0 %', '1', '10', '50', '100 %'].map((text, index) => (
              <i key={text} class={`reuse-${index}`}>
                {text}
              </i>
            ))}
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{GROUPING_WORDS[by]}</th>
            {Array.from({ length: BINS }, (_, bin) => (
              <th key={bin} scope="col" class="number">
                {bin * BIN_S}–{(bin + 1) * BIN_S} s
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((group) => (
            <tr key={group.name}>
              <th scope="row">
                <GroupButton page={page} by={by} name={group.name} />
              </th>
              {group.bins.map(({ now, reached, reused }, bin) => {
                const share = reached === 0 ? 0 : reused / reached;
                return (
                  <td
                    key={bin}
                    class={`number reuse-${levelOf(share)}${reached === 0 ? ' never' : ''}`}
                    title={`${many(now, 'waits', 'wait')} here now; of ${count(reached)} that came so far, ${count(reused)} taken over at this age`}
                  >
                    {now === 0 ? (reached === 0 ? '' : '·') : count(now)}
                    {reused > 0 && <small>{percent(share)}</small>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A group's name; pressed, the filter for it. */
export function GroupButton({ page, by, name }: { page: Page; by: Grouping; name: string }) {
  const filter = groupFilter(by, name);
  const words = <bdi>{groupName(by, name)}</bdi>;
  if (filter === null) return words;
  return (
    <button type="button" class="plain" title={`Show only ${filter}`} onClick={() => page.filter(filter)}>
      {words}
    </button>
  );
}

/** Steps of the colour: none, above 0, from 1 %, from 10 %, from 50 %. */
function levelOf(share: number): number {
  if (share === 0) return 0;
  return share < 0.01 ? 1 : share < 0.1 ? 2 : share < 0.5 ? 3 : 4;
}

function percent(share: number): string {
  return share < 0.01 ? '<1 %' : `${Math.round(share * 100)} %`;
}
