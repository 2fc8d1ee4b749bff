import type { Status } from '../../formats/status.ts';
import { costLine, costRows } from '../model/cost.ts';
import { Glyph } from './glyph.tsx';

/** `cost 0.21 core · 115 MB · 50,012 lines/s · every socket`; opens to what each part of it costs. Loud while sockets are left out. */
export function Cost({ status, trusted }: { status: Status; trusted: boolean }) {
  const { figures, told, tone } = costLine(status);
  return (
    <details class="fold cost" name="header" data-testid="cost" data-share={status.observer.share}>
      <summary class={tone}>
        cost {trusted ? figures.join(' · ') : '—'} ·{' '}
        <span class="told">
          {tone !== 'whole' && <Glyph shape="warn" />}
          {told}
        </span>
      </summary>
      <dl class="panel">
        {costRows(status).map(({ what, amount, meaning }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd class="number">{trusted ? amount : '—'}</dd>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
