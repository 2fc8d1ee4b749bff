// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that do not exist; ARIA's grid says how many there are
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)

import { visibleText } from '../../../formats/words/visible-text.ts';
import { isSocketEvent, type Row, tupleOf } from '../../model/row.ts';
import { timeOfDay, type Zone } from '../../words/moment.ts';
import { anomalyInWords, phrases } from '../../words/row-words.ts';
import { Glyph, KIND_SHAPE } from '../glyph.tsx';
import { Netns, Owner, StateName, Tuple } from '../socket-cells.tsx';

interface Props {
  readonly row: Row;
  readonly index: number;
  readonly zone: Zone;
  readonly netns: boolean;
  readonly chosen: boolean;
}

export const EVENT_COLUMNS = ['time', 'kind', 'local → remote', 'what happened', 'owner'] as const;

/** One event, one line. All text from outside goes into text nodes, made visible. */
export function EventRow({ row, index, zone, netns, chosen }: Props) {
  const anomaly = anomalyInWords(row);
  const about = isSocketEvent(row) ? row : null;
  const tuple = tupleOf(row);
  return (
    <div
      id={`event-${index}`}
      class={`row ${row.kind}${anomaly === null ? '' : ' anomalous'}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-testid="event-row"
      data-index={index}
      data-kind={row.kind}
      data-seq={row.kind === 'missed' ? undefined : row.seq}
    >
      <span class="time" role="gridcell">
        {timeOfDay(row.at, zone)}
      </span>
      <span class="kind" role="gridcell">
        <Glyph shape={KIND_SHAPE[row.kind]} />
        {row.kind}
      </span>
      <span class="tuple" role="gridcell">
        {tuple !== null && <Tuple of={tuple} />}
      </span>
      <span class="what" role="gridcell">
        {phrases(row).map((phrase, at) => (typeof phrase === 'string' ? phrase : <StateName key={at} state={phrase.state} />))}
        {anomaly !== null && <em class="anomaly">! {anomaly}</em>}
      </span>
      <span class="owner" role="gridcell">
        {about !== null && <Owner of={about} />}
      </span>
      {netns && (
        <span class="netns" role="gridcell">
          {about !== null && <Netns of={about} />}
        </span>
      )}
    </div>
  );
}

/** For titles and copies: whose event it is, in one visible line. */
export function title(row: Row): string {
  return row.kind === 'missed' ? 'missed by this page' : `${visibleText(row.kind)} event ${row.seq}`;
}
