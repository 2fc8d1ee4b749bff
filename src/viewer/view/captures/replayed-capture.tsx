import { duration, many } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { offsetWords } from '../../model/replay-position.ts';
import { TRIGGER_WORDS } from '../../words/capture-words.ts';
import { fullTime } from '../../words/moment.ts';
import { SEVERITY_SHAPE } from '../finding/finding-row.tsx';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';

/** Findings listed. */
const MOST = 100;

/** In a replay: the capture that is shown, its notes, and a way to each of its findings. */
export function ReplayedCapture({ page }: { page: Page }) {
  const view = page.steering.view.value;
  if (view === null) return null;
  const { capture, findings, state } = view;
  const { title, reason, id, trigger, host, kernel, from, notes } = capture;
  const zone = page.zone.value;
  return (
    <section class="replayed" aria-label="The capture that is shown" data-testid="replayed-capture">
      <h2>{visibleText(title ?? reason ?? 'A capture')}</h2>
      <p class="scope">
        {visibleText(host)}, Linux {visibleText(kernel)} · from <time>{fullTime(from, zone).replace(/\.\d{6}/, '')}</time>
        {state.spanMs !== null && `, ${duration(state.spanMs * 1000)}`}
        {trigger !== null && ` · ${TRIGGER_WORDS[trigger]}`}
        {id !== null && ` · ${id}`}
      </p>
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map(({ at, text }) => (
            <li key={`${at} ${text}`}>
              <time>{fullTime(at, zone).replace(/\.\d{6}/, '')}</time>
              {visibleText(text)}
            </li>
          ))}
        </ul>
      )}
      <h3>{state.survey.done ? many(findings.length, 'finding') : `${many(findings.length, 'finding')} so far`}</h3>
      <ul class="finding-list">
        {findings.slice(0, MOST).map(({ id: finding, severity, detector, summary, atMs }) => (
          <li key={finding}>
            <button
              type="button"
              class={`finding-row severity ${severity}`}
              data-testid="replay-finding"
              onClick={() => page.steering.seek(atMs)}
            >
              <span class="badge">
                <Glyph shape={SEVERITY_SHAPE[severity]} />
                {severity}
              </span>
              <span class="said">{visibleText(summary)}</span>
              <span class="meta">
                opens at {offsetWords(atMs)} · {detector}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {findings.length > MOST && <p class="scope">and {many(findings.length - MOST, 'more finding')}: `]` leads on</p>}
      <p class="scope">
        This is a file; nothing is recorded while it is shown. A page for the postmortem: <code>synoptic report FILE --format html</code>
      </p>
    </section>
  );
}
