import { count, duration } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { type Pool, poolOf } from '../../model/port-pool.ts';
import type { Page } from '../page.ts';
import type { ServiceLedger } from './service-ledger.ts';

const ROWS = 12;
const TONES: Readonly<Record<Pool['tone'], string>> = { calm: '', filling: 'filling', full: 'nearly used up' };

/** The largest pools of local ports by destination, as the service has them, against the range that the kernel chooses from. */
export function Pools({ page, service }: { page: Page; service: ServiceLedger | null }) {
  const range = service?.range ?? null;
  const pools = (service?.ledger.groups ?? []).slice(0, ROWS).map((group) => poolOf(group, range));
  return (
    <section class="pools" aria-label="Port pools">
      <h2>
        Port pools
        <small>
          {range === null ? ' the range of local ports is not known' : ` of ${count(range.size)} local ports, ${range.low}–${range.high}`}
        </small>
      </h2>
      {service === null && <p class="scope">Asking…</p>}
      {service !== null && pools.length === 0 && <p class="scope">No port is held by TIME_WAIT.</p>}
      <ul>
        {pools.map(({ group, share, tone }) => (
          <li key={`${group.netns} ${group.laddr} ${group.raddr} ${group.rport}`} class={tone}>
            <span class="pool-name">
              <bdi>{visibleText(group.laddr)}</bdi> → <bdi>{visibleText(group.raddr)}</bdi>:{group.rport}
            </span>
            <meter min={0} max={1} value={Math.min(1, share ?? 0)} aria-label="Part of the local ports in TIME_WAIT" />
            <span class="number">
              {count(group.count)}
              {share !== null && ` · ${percent(share)}`} {TONES[tone]}
            </span>
            <small>
              oldest {duration(group.oldestMs * 1000)}, newest {duration(group.newestMs * 1000)}
            </small>
          </li>
        ))}
      </ul>
      {page.store.status.value?.mode === 'demo' && range !== null && (
        <p class="scope">The range is this machine’s, not the recorded one’s.</p>
      )}
    </section>
  );
}

function percent(share: number): string {
  return share > 0 && share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
}
