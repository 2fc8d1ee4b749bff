import { useEffect, useRef } from 'preact/hooks';
import { count } from '../../formats/words/amount.ts';
import type { Page } from './page.ts';
import { VIEWS, viewNamed } from './view-list.ts';
import type { ViewPart } from './view-part.ts';

/** The views there are, and the controls of the one that is shown. */
export function Tabs({ page }: { page: Page }) {
  const shown = viewNamed(page.tab.value);
  const { Tools } = shown;
  const known = page.store.inForce.value !== null; // then counts appear, and tabs grow
  const bar = useRef<HTMLElement>(null);
  // On a phone there are more of them than fit: the one shown must be seen to be so, also from a link.
  useEffect(
    () => bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }),
    [shown.name, known],
  );
  return (
    <nav class="tabs" aria-label="Views" ref={bar}>
      {VIEWS.map((view: ViewPart, index) => (
        <button
          key={view.name}
          type="button"
          aria-current={view === shown ? 'page' : undefined}
          aria-keyshortcuts={String(index + 1)}
          data-testid={`tab-${view.name}`}
          onClick={() => page.show(index === 0 ? '' : view.name)}
        >
          {view.title} {view.count !== undefined && <Count page={page} view={view} />}
        </button>
      ))}
      {Tools !== undefined && (
        <span class="controls">
          <Tools page={page} />
        </span>
      )}
    </nav>
  );
}

function Count({ page, view }: { page: Page; view: ViewPart }) {
  page.frame.value;
  // Before the first snapshot nothing is known, and 0 would be a lie.
  const value = page.store.inForce.value === null ? null : (view.count?.(page) ?? null);
  if (value === null) return null;
  return (
    <span class="number" data-testid={`count-${view.name}`} data-value={value}>
      {count(value)}
    </span>
  );
}
