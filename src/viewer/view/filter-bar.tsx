import { useEffect, useRef } from 'preact/hooks';
import { visibleText } from '../../formats/words/visible-text.ts';
import { KindToggles } from './events/kind-toggles.tsx';
import type { Page } from './page.ts';

/** FILTER in words, judged by the service; its objection stands below the box while the former filter goes on. */
export function FilterBar({ page }: { page: Page }) {
  const box = useRef<HTMLInputElement>(null);
  const { refusal, inForce, asked } = page.store;
  const error = refusal.value;
  const now = inForce.value?.filter ?? '';
  const draft = page.draft.value;
  useFocusOnSlash(box);
  return (
    <section class="filter" aria-label="Filter">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          page.filter(draft);
        }}
      >
        <label for="filter">Filter</label>
        <input
          ref={box}
          id="filter"
          data-testid="filter-input"
          type="text"
          value={draft}
          placeholder="port=443 addr=10.0.0.0/8 state=ESTABLISHED comm=nginx"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={error !== null}
          aria-describedby={error === null ? 'filter-state' : 'filter-error'}
          onInput={(event) => {
            page.draft.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        <button type="submit">Apply</button>
        {(now !== '' || draft !== '') && (
          <button type="button" onClick={() => page.filter('')}>
            Show all
          </button>
        )}
        <span id="filter-state" class="filter-state" data-testid="filter-in-force" data-filter={now}>
          {asked.value !== null ? 'asking…' : draft.trim() !== now && error === null ? 'Enter applies it' : ''}
        </span>
      </form>
      {error !== null && (
        <p id="filter-error" class="filter-error" data-testid="filter-error" role="alert">
          <b>
            {error.where === undefined ? '' : `${visibleText(error.where)}: `}
            {visibleText(error.message)}
          </b>
          {error.expected !== undefined && <span>expected: {visibleText(error.expected)}</span>}
          <span>
            still in force: {now === '' ? 'no filter' : <code>{visibleText(now)}</code>} [{visibleText(error.code)}]
          </span>
        </p>
      )}
      <KindToggles page={page} />
    </section>
  );
}

function useFocusOnSlash(box: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      box.current?.focus();
      box.current?.select();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, [box]);
}
