import { useComputed } from '@preact/signals';
import { many } from '../../../formats/words/amount.ts';
import type { Page } from '../page.ts';
import type { ViewPart } from '../view-part.ts';
import { DriftTable } from './drift-table.tsx';
import { NoProbes } from './no-probes.tsx';
import { Probing } from './probing.tsx';
import { TargetRow } from './target-row.tsx';
import { useHistory } from './use-history.ts';

/** What is probed, how it stands, and where the attempts' time went, application beside kernel. */
export const driftView: ViewPart = {
  name: 'drift',
  title: 'Drift',
  count: ({ store }) => store.status.value?.probes?.targets ?? null,
  Body: Drift,
  showsStates: true,
};

/** Targets drawn; the worst come first. */
const MOST = 100;

function Drift({ page }: { page: Page }) {
  const { store } = page;
  const known = useComputed(() => {
    page.frame.value;
    store.inForce.value;
    return { targets: store.probes.worstFirst, told: store.probes.told };
  }).value;
  useHistory(
    page,
    known.targets.map(({ target }) => target),
  );
  const { targets } = known;
  if (targets.length === 0) {
    return (
      <div class="drift-view">
        <NoProbes page={page} told={known.told} />
      </div>
    );
  }
  const filtered = store.inForce.value?.filter !== '';
  const total = filtered ? targets.length : Math.max(targets.length, store.status.value?.probes?.targets ?? 0);
  return (
    <div class="drift-view">
      <Probing page={page} />
      <ul class="targets" aria-label="Targets">
        {targets.slice(0, MOST).map((view) => (
          <TargetRow key={view.target} page={page} view={view} />
        ))}
      </ul>
      {total > MOST && (
        <p class="scope">
          the {MOST} worst of {many(total, 'target')} known here; FILTER narrows
        </p>
      )}
      <DriftTable page={page} marks={targets.flatMap(({ marks }) => marks)} title="Where the attempts’ time went, by cause" />
    </div>
  );
}
