import { count, many } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { HEALTHS } from '../../model/health-order.ts';
import type { Page } from '../page.ts';
import { HealthBadge } from './health.tsx';

/** Probing as a whole: how many targets stand how, and whether it goes on at all. */
export function Probing({ page }: { page: Page }) {
  const probing = page.store.status.value?.probes ?? null;
  if (probing === null) return null;
  const { targets, byHealth, attempts, down, deaths, untold } = probing;
  return (
    <>
      {down !== null && (
        <p class="probing-down" role="alert">
          <b>Nothing is probed right now</b>: {visibleText(down)}. Synoptic starts the probing thread again by itself.
        </p>
      )}
      <p class="probing" data-testid="probing">
        <b>{many(targets, 'target')}</b>
        {HEALTHS.filter((health) => (byHealth[health] ?? 0) > 0).map((health) => (
          <span key={health}>
            <b class="number">{count(byHealth[health] ?? 0)}</b> <HealthBadge health={health} suspect={false} />
          </span>
        ))}
        <span>{many(attempts, 'attempt')}</span>
        {deaths > 0 && <em>the probing thread ended {many(deaths, 'time')}</em>}
        {untold > 0 && <em>{many(untold, 'attempt')} made and not told</em>}
      </p>
    </>
  );
}
