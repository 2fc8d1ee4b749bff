import { visibleText } from '../../formats/words/visible-text.ts';
import type { Page } from './page.ts';

/** What the service objects to, with a mark at the place, and what stays in force. */
export function FilterFault({ page }: { page: Page }) {
  const { refusal, inForce } = page.store;
  const error = refusal.value;
  if (error === null) return null;
  const now = inForce.value?.filter ?? '';
  const column = /column (\d+)/.exec(error.where ?? '')?.[1];
  return (
    <div id="filter-error" class="filter-error" data-testid="filter-error" role="alert">
      {column !== undefined && (
        <pre aria-hidden="true">
          {page.draft.value}
          {'\n'}
          {' '.repeat(Number(column) - 1)}▲
        </pre>
      )}
      <b>
        {error.where === undefined ? '' : `${visibleText(error.where)}: `}
        {visibleText(error.message)}
      </b>
      {error.expected !== undefined && <span>expected: {visibleText(error.expected)}</span>}
      <span>
        still in force: {now === '' ? 'no filter' : <code>{visibleText(now)}</code>} [{visibleText(error.code)}]
      </span>
    </div>
  );
}
