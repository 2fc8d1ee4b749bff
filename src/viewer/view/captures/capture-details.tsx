import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { size } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { findingsOf } from '../../model/capture-span.ts';
import { missingWords, STATE_WORDS, spanWords, TRIGGER_WORDS } from '../../words/capture-words.ts';
import { fullTime } from '../../words/moment.ts';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';
import { Panel } from '../panel.tsx';
import { CaptureNotes } from './capture-notes.tsx';
import { STATE_SHAPE } from './capture-row.tsx';

/** One capture: what it tells of, its notes, and what may be done with it. */
export function CaptureDetails({ page, id }: { page: Page; id: string }) {
  const { captures: shelf, store } = page;
  const list = shelf.list.value;
  const capture = shelf.get(id);
  useEffect(() => {
    if (list === null) void shelf.refresh();
  }, [shelf, list]);
  if (capture === null) {
    return (
      <Panel page={page} title={`capture ${visibleText(id)}`} testid="capture-details">
        <p>
          {list === null ? 'Asking for it…' : 'There is no such capture here: it was removed, by hand or by age, or is of another machine.'}
        </p>
      </Panel>
    );
  }
  const { state, at, trigger, reason, fault, bytes, missing } = capture;
  const { whole, words } = missingWords(missing);
  const zone = page.zone.value;
  const told = findingsOf(capture, [...store.findings.worstFirst, ...store.findings.resolved]);
  return (
    <Panel
      page={page}
      title={reason === null ? `Frozen ${TRIGGER_WORDS[trigger]}` : visibleText(reason)}
      testid="capture-details"
      copy={capture}
    >
      <p class={`capture ${state}`}>
        <b class="badge">
          <Glyph shape={STATE_SHAPE[state]} /> {STATE_WORDS[state]}
        </b>{' '}
        {TRIGGER_WORDS[trigger]}, <time>{fullTime(at, zone).replace(/\.\d{6}/, '')}</time>
      </p>
      <p>
        {spanWords(capture, zone)}
        {bytes !== null && `, ${size(bytes)}`}
      </p>
      {fault !== null && <p class="torn">{visibleText(fault)}</p>}
      {state === 'ready' && (
        <>
          <p class={whole ? 'whole' : 'torn'}>{words}</p>
          <div class="details-tools">
            <button type="button" data-testid="capture-download" onClick={() => void shelf.download(id)}>
              Download
            </button>
            <Remove page={page} id={id} />
          </div>
          <p class="scope">
            Then, on any machine: <code>synoptic replay {id}.capture</code>
          </p>
        </>
      )}
      {state === 'failed' && <Remove page={page} id={id} />}
      {told.length > 0 && (
        <>
          <h3>Findings in its time</h3>
          <ul class="pieces">
            {told.map((finding) => (
              <li key={finding.id}>
                <button type="button" class="link" onClick={() => page.set('open', `finding:${finding.id}`)}>
                  {finding.detector}
                </button>{' '}
                {visibleText(finding.summary)}
              </li>
            ))}
          </ul>
        </>
      )}
      {state === 'ready' && <CaptureNotes page={page} capture={capture} />}
    </Panel>
  );
}

/** For good: so it asks. */
function Remove({ page, id }: { page: Page; id: string }) {
  const asking = useSignal(false);
  if (!asking.value) {
    return (
      <button
        type="button"
        data-testid="capture-remove"
        onClick={() => {
          asking.value = true;
        }}
      >
        Delete…
      </button>
    );
  }
  return (
    <span class="ask" role="alert">
      Delete it for good?{' '}
      <button
        type="button"
        class="loud"
        data-testid="capture-remove-sure"
        onClick={() => {
          void page.captures.remove(id).then((removed) => {
            if (removed) page.closeDetails();
          });
        }}
      >
        Delete
      </button>{' '}
      <button
        type="button"
        onClick={() => {
          asking.value = false;
        }}
      >
        Keep
      </button>
    </span>
  );
}
