import type { FourTuple } from '../../core/model/four-tuple.ts';
import { onlyThis } from '../model/filter-terms.ts';
import { isSocketEvent } from '../model/row.ts';
import { fieldsOf } from '../words/fields.ts';
import { anomalyInWords, inWords } from '../words/row-words.ts';
import { title } from './event-row.tsx';
import type { Page, Selection } from './page.ts';

/** Everything that is known of the chosen row, and the way to its connection alone. */
export function Details({ page }: { page: Page }) {
  const selection = page.selection.value;
  if (selection === null) return null;
  const thing = 'row' in selection ? selection.row : selection.connection;
  const tuple = tupleOf(selection);
  const anomaly = 'row' in selection ? anomalyInWords(selection.row) : null;
  return (
    <aside class="details" aria-label="Details" data-testid="details">
      <div class="details-head">
        <h2>{'row' in selection ? title(selection.row) : `connection, socket ${selection.connection.sock}`}</h2>
        <button type="button" aria-label="Close details" onClick={() => page.closeDetails()}>
          ✕
        </button>
      </div>
      {'row' in selection && <p>{inWords(selection.row)}</p>}
      {anomaly !== null && <p class="anomaly">! {anomaly}</p>}
      <div class="details-tools">
        {tuple !== null && (
          <button type="button" data-testid="only-this" onClick={() => page.filter(onlyThis(tuple, tuple.netns))}>
            Only this connection
          </button>
        )}
        {navigator.clipboard !== undefined && (
          <button type="button" onClick={() => void navigator.clipboard.writeText(JSON.stringify(thing))}>
            Copy as JSON
          </button>
        )}
      </div>
      <dl>
        {fieldsOf(thing, page.zone.value).map(({ name, value, unit }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              {unit !== '' && <i> {unit}</i>}
            </dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

function tupleOf(selection: Selection): (FourTuple & { readonly netns: number | null }) | null {
  if ('connection' in selection) return selection.connection;
  return isSocketEvent(selection.row) ? selection.row : null;
}
