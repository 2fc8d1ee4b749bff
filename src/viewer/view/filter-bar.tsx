import { KindToggles } from './events/kind-toggles.tsx';
import { FilterBox } from './filter-box.tsx';
import { FilterFault } from './filter-fault.tsx';
import type { Page } from './page.ts';

/** FILTER in words, judged by the service; its objection stands below the box while the former filter goes on. */
export function FilterBar({ page }: { page: Page }) {
  const { refusal, inForce, asked } = page.store;
  const now = inForce.value?.filter ?? '';
  const draft = page.draft.value;
  return (
    <section class="filter" aria-label="Filter">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          page.filter(page.draft.value);
        }}
      >
        <label for="filter">Filter</label>
        <FilterBox page={page} />
        <button type="submit">Apply</button>
        {(now !== '' || draft !== '') && (
          <button type="button" onClick={() => page.filter('')}>
            Show all
          </button>
        )}
        <span id="filter-state" class="filter-state" data-testid="filter-in-force" data-filter={now}>
          {asked.value !== null ? 'asking…' : draft.trim() !== now && refusal.value === null ? 'Enter applies it' : ''}
        </span>
      </form>
      <FilterFault page={page} />
      <KindToggles page={page} />
    </section>
  );
}
