import type { CaptureSummary } from '../../../formats/capture/summary.ts';
import { many, size } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { missingWords, STATE_WORDS, spanWords, TRIGGER_WORDS } from '../../words/capture-words.ts';
import { fullTime } from '../../words/moment.ts';
import { Glyph, type Shape } from '../glyph.tsx';
import type { Page } from '../page.ts';

export const STATE_SHAPE: Readonly<Record<CaptureSummary['state'], Shape>> = {
  waiting: 'hourglass',
  writing: 'half',
  ready: 'square',
  failed: 'cross',
};

/** One frozen capture: why, of when, how large, whether it is whole. */
export function CaptureRow({ page, capture }: { page: Page; capture: CaptureSummary }) {
  const { id, state, at, trigger, reason, fault, bytes, missing, notes } = capture;
  const key = `capture:${id}`;
  const { whole, words } = missingWords(missing);
  return (
    <li>
      <button
        type="button"
        class={`finding-row capture ${state}`}
        aria-expanded={page.open.value === key}
        data-testid="capture"
        data-state={state}
        data-id={id}
        onClick={() => page.set('open', page.open.value === key ? '' : key)}
      >
        <span class="badge">
          <Glyph shape={STATE_SHAPE[state]} />
          {STATE_WORDS[state]}
        </span>
        <span class="said">{reason === null ? `Frozen ${TRIGGER_WORDS[trigger]}` : visibleText(reason)}</span>
        <span class="meta">
          {fullTime(at, page.zone.value).replace(/\.\d{6}/, '')} · {TRIGGER_WORDS[trigger]} · {spanWords(capture, page.zone.value)}
          {bytes !== null && ` · ${size(bytes)}`}
          {notes.length > 0 && ` · ${many(notes.length, 'note')}`}
          {state === 'ready' && (whole ? ` · ${words}` : <em> · {words}</em>)}
          {fault !== null && <em> · {visibleText(fault)}</em>}
        </span>
      </button>
    </li>
  );
}
