import type { FindingEventWire } from '../../../formats/event.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { figureName } from '../../words/finding-words.ts';
import type { Page } from '../page.ts';

interface Props {
  readonly page: Page;
  readonly title: string;
  readonly pieces: FindingEventWire['evidence'];
  /** What stands there where there is none. */
  readonly none: string;
}

const figures = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** Sentences with their figures, and the way to the events that show them. */
export function Pieces({ page, title, pieces, none }: Props) {
  return (
    <>
      <h3>{title}</h3>
      {pieces.length === 0 && <p class="scope">{none}</p>}
      <ul class="pieces">
        {pieces.map(({ words, seqs, figures: values }, index) => (
          <li key={index}>
            {visibleText(words)}
            {Object.keys(values).length > 0 && (
              <span class="figures">
                {Object.entries(values).map(([name, value]) => (
                  <span key={name}>
                    {figureName(name)} <b class="number">{figures.format(value)}</b>
                  </span>
                ))}
              </span>
            )}
            {seqs.length > 0 && (
              <span class="seqs">
                {seqs.length === 1 ? 'event' : 'events'}
                {seqs.map((seq) => (
                  <button
                    key={seq}
                    type="button"
                    class="link"
                    data-testid="evidence-event"
                    onClick={() => page.set('open', `event:${seq}`)}
                  >
                    {seq}
                  </button>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
