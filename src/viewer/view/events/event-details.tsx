import { onlyThis } from '../../model/filter-terms.ts';
import { isSocketEvent, type Row } from '../../model/row.ts';
import { anomalyInWords, inWords } from '../../words/row-words.ts';
import { OwnerDetails } from '../owner-details.tsx';
import type { Page } from '../page.ts';
import { Facts, Panel } from '../panel.tsx';
import { title } from './event-row.tsx';

/** Everything that is known of the chosen event, and the way to its connection alone. */
export function EventDetails({ page, id }: { page: Page; id: string }) {
  const row = page.reading.value?.row ?? held(page, id);
  if (row === null) {
    return (
      <Panel page={page} title={`event ${id}`} testid="details">
        <p>This page does not hold event {id}: it is older than what came here since the page was opened, or it does not fit the filter.</p>
      </Panel>
    );
  }
  const about = isSocketEvent(row) ? row : null;
  const anomaly = anomalyInWords(row);
  return (
    <Panel page={page} title={title(row)} testid="details" copy={row}>
      <p>{inWords(row)}</p>
      {anomaly !== null && <p class="anomaly">! {anomaly}</p>}
      <div class="details-tools">
        {about !== null && about.sock !== null && (
          <button type="button" data-testid="open-socket" onClick={() => page.set('open', `sock:${about.sock}`)}>
            Life of socket {about.sock}
          </button>
        )}
        {about !== null && (
          <button type="button" data-testid="only-this" onClick={() => page.filter(onlyThis(about, about.netns))}>
            Only this connection
          </button>
        )}
        {row.kind === 'probe' && (
          <button
            type="button"
            data-testid="its-attempt"
            onClick={() => {
              page.set('attempt', String(row.attempt));
              page.set('open', `probe:${row.target}`);
            }}
          >
            Both lanes of this attempt
          </button>
        )}
      </div>
      {about !== null && <OwnerDetails page={page} of={about} />}
      <Facts of={row} zone={page.zone.value} />
    </Panel>
  );
}

/** From a link: the event is still here only where it came since the page was opened. */
function held(page: Page, id: string): Row | null {
  page.frame.value;
  const { feed } = page.store;
  for (let index = 0; index < feed.length; index++) {
    const row = feed.at(index);
    if (row !== undefined && row.kind !== 'missed' && String(row.seq) === id) return row;
  }
  return null;
}
