import type { Status } from '../../formats/status.ts';
import { missing } from '../model/health.ts';
import { shortTime } from '../words/moment.ts';
import { Glyph } from './glyph.tsx';
import type { Page } from './page.ts';

/** Either that nothing is known to be missing since the start, or exactly what is. */
export function Completeness({ page, status }: { page: Page; status: Status }) {
  const items = missing(status, page.store.missed.value);
  const since = shortTime(status.startedAt, page.zone.value);
  const { trusted } = page.health.value;
  if (items.length > 0 && status.phase === 'starting' && status.completeness.gaps === 0)
    return <span class="fact">nothing was observed yet</span>;
  if (items.length === 0) {
    return (
      <span class={trusted ? 'fact complete' : 'fact'} data-testid="completeness" data-complete={String(trusted)}>
        {trusted && <Glyph shape="dot" />}
        {trusted ? `complete since ${since}` : 'completeness unknown until it is heard again'}
      </span>
    );
  }
  return (
    <span class="fact incomplete" data-testid="completeness" data-complete="false">
      <Glyph shape="hole" />
      incomplete, observing since {since}: {items.join(' · ')}
    </span>
  );
}
