import type { ProbeWire } from '../../../formats/probe.ts';
import { duration } from '../../../formats/words/amount.ts';
import { tall } from '../../model/drift-shares.ts';
import { markOf } from '../../model/probe-mark.ts';
import { shortTime } from '../../words/moment.ts';
import type { Page } from '../page.ts';

interface Props {
  readonly page: Page;
  /** Oldest first. */
  readonly attempts: readonly ProbeWire[];
  readonly shown: ProbeWire;
}

const HEIGHT = 30;
/** px of an attempt's bar at most. */
const WIDE = 14;

/** Which attempt is drawn: a slider over all that are kept (arrow keys), bars above it say how each went. */
export function AttemptPicker({ page, attempts, shown }: Props) {
  const at = attempts.indexOf(shown);
  const choose = (index: number): void => {
    const wanted = attempts[index];
    // The latest goes on with what comes; any other stays.
    if (wanted !== undefined) page.set('attempt', index === attempts.length - 1 ? '' : String(wanted.attempt));
  };
  const marks = attempts.map(markOf);
  const step = 100 / Math.max(1, attempts.length);
  const { alive, attempt, at: when } = shown;
  const said = `attempt ${attempt}, ${shortTime(when, page.zone.value)}, ${alive ? 'alive' : 'not alive'}`;
  return (
    <div class="picker">
      <button type="button" aria-label="Attempt before" disabled={at <= 0} onClick={() => choose(at - 1)}>
        ◂
      </button>
      <div class="picker-line" style={{ maxWidth: `${Math.max(120, attempts.length * WIDE)}px` }}>
        <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {marks.map((mark, index) => {
            const height = 4 + tall(mark.tookUs) * (HEIGHT - 4);
            const tone = !mark.alive ? 'dead' : mark.mismatch === null ? 'alive' : 'odd';
            return (
              <g key={mark.attempt} class={tone}>
                {index === at && <rect class="chosen" x={index * step} y="0" width={step} height={HEIGHT} />}
                <rect x={index * step + step * 0.12} y={HEIGHT - height} width={step * 0.76} height={height} />
              </g>
            );
          })}
        </svg>
        <input
          type="range"
          aria-label="Attempt"
          aria-valuetext={said}
          data-testid="attempt-slider"
          min="0"
          max={Math.max(0, attempts.length - 1)}
          value={at}
          onInput={(event) => choose(Number(event.currentTarget.value))}
        />
      </div>
      <button type="button" aria-label="Next attempt" disabled={at >= attempts.length - 1} onClick={() => choose(at + 1)}>
        ▸
      </button>
      <span class="scope">
        {said}, took {duration(marks[at]?.tookUs ?? 0)}
        {page.params.value['attempt'] === undefined || page.params.value['attempt'] === '' ? ' · follows the latest' : ''}
      </span>
    </div>
  );
}
