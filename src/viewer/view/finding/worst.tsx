import { many } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';

/** What is worst now, in every view; nothing where nothing is wrong. It leads to the evidence. */
export function Worst({ page }: { page: Page }) {
  page.frame.value;
  const [worst, ...others] = page.store.findings.worstFirst;
  if (worst === undefined || page.tab.value === 'findings') return null;
  return (
    <button
      type="button"
      class={`worst severity ${worst.severity}`}
      data-testid="worst-finding"
      data-severity={worst.severity}
      onClick={() => {
        page.show('findings');
        page.set('open', `finding:${worst.id}`);
      }}
    >
      <Glyph shape="warn" />
      <b>{worst.severity}</b>
      <span>{visibleText(worst.summary)}</span>
      {others.length > 0 && <i>and {many(others.length, 'more finding')}</i>}
    </button>
  );
}
