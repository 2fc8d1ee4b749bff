import { useSignal } from '@preact/signals';
import type { CaptureSummary } from '../../../formats/capture/summary.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { fullTime } from '../../words/moment.ts';
import type { Page } from '../page.ts';

/** What people wrote down about a capture; it travels in the file. */
export function CaptureNotes({ page, capture: { id, notes } }: { page: Page; capture: CaptureSummary }) {
  const text = useSignal('');
  const add = async (): Promise<void> => {
    if (await page.captures.note(id, text.value.trim())) text.value = '';
  };
  return (
    <>
      <h3>Notes</h3>
      {notes.length === 0 && <p class="scope">None yet. They travel in the file.</p>}
      <ul class="notes">
        {notes.map(({ at, text: said }) => (
          <li key={`${at} ${said}`}>
            <time>{fullTime(at, page.zone.value).replace(/\.\d{6}/, '')}</time>
            {visibleText(said)}
          </li>
        ))}
      </ul>
      <form
        class="note"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <textarea
          aria-label="A note"
          data-testid="capture-note"
          rows={2}
          maxLength={4000}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <button type="submit" disabled={text.value.trim() === ''}>
          Add note
        </button>
      </form>
    </>
  );
}
