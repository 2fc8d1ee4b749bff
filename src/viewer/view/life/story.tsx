import { duration } from '../../../formats/words/amount.ts';
import type { SocketEvent } from '../../model/row.ts';
import { timeOfDay } from '../../words/moment.ts';
import { anomalyInWords, phrases } from '../../words/row-words.ts';
import { Glyph, KIND_SHAPE } from '../glyph.tsx';
import type { Page } from '../page.ts';
import { StateName } from '../socket-cells.tsx';

/** Drawn at most; the time line has all. */
const MOST = 200;

/** Each event of a life in words, oldest first, with the time since the one before. */
export function Story({ page, events }: { page: Page; events: readonly SocketEvent[] }) {
  const shown = events.slice(-MOST);
  if (shown.length === 0) return <p class="scope">No event of it is known; they appear as they happen.</p>;
  return (
    <table class="story">
      <thead>
        <tr>
          <th scope="col">time</th>
          <th scope="col">after</th>
          <th scope="col">what happened</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((event, index) => {
          const before = shown[index - 1];
          const anomaly = anomalyInWords(event);
          return (
            <tr key={event.seq} class={`row ${event.kind}`}>
              <td class="time">{timeOfDay(event.at, page.zone.value)}</td>
              <td class="number">{before === undefined ? '' : `+${duration(Math.max(0, Number(event.ns) - Number(before.ns)) / 1000)}`}</td>
              <td class="kind">
                <Glyph shape={KIND_SHAPE[event.kind]} />{' '}
                <span class="what">
                  {phrases(event).map((phrase, at) => (typeof phrase === 'string' ? phrase : <StateName key={at} state={phrase.state} />))}
                </span>
                {anomaly !== null && <em class="anomaly"> ! {anomaly}</em>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
