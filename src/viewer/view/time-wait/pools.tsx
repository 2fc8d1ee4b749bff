import { count } from '../../../formats/words/amount.ts';
import { endpoint } from '../../../formats/words/endpoint.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { type Gauge, gaugesOf } from '../../model/port-pool.ts';
import { rate } from '../../words/rate.ts';
import type { Page } from '../page.ts';
import type { ServiceLedger } from './service-ledger.ts';

const ROWS = 8;
/** Pools of fewer are drawn only where there is no larger one: the service counts from here on, too. */
const LARGE = 16;
const SMALL_ROWS = 4;
const TONES: Readonly<Record<Gauge['tone'], string>> = { calm: '', filling: 'filling', full: 'nearly used up' };

/** The fullest pools of local ports by destination, as the service has them, and whether they last; then who waits behind a listening port. */
export function Pools({ page, service }: { page: Page; service: ServiceLedger | null }) {
  // The audit is of the machine that serves this page: of a recording it would be another one's.
  const recorded = page.store.status.value?.mode !== 'live';
  const range = recorded ? null : (service?.range ?? null);
  const gauges = service === null ? [] : gaugesOf(service.ledger, range);
  const large = gauges.filter((gauge) => gauge.count >= LARGE);
  const shown = large.length > 0 ? large.slice(0, ROWS) : gauges.slice(0, SMALL_ROWS);
  const listening = (service?.ledger.pools ?? []).filter(({ side }) => side === 'server');
  return (
    <section class="pools" aria-label="Port pools">
      <h2>
        Port pools
        <small>
          {range !== null && ` of ${count(range.size)} local ports, ${range.low}–${range.high}`}
          {range === null && gauges.every(({ ports }) => ports === null) && ' the range of local ports is not known'}
        </small>
      </h2>
      {service === null && <p class="scope">Asking…</p>}
      {service !== null && gauges.length === 0 && <p class="scope">No port is held by TIME_WAIT.</p>}
      <ul>
        {shown.map(({ laddr, raddr, rport, count: waiting, ports, share, tone, forecast, probes }) => (
          <li key={`${laddr} ${raddr} ${rport}`} class={tone} data-testid="pool">
            <span class="pool-name">
              <bdi>{visibleText(laddr)}</bdi> → <bdi>{endpoint(visibleText(raddr), rport)}</bdi>
            </span>
            <span class="number">
              {count(waiting)}
              {ports !== null && ` of ${count(ports)}`}
              {share !== null && ` · ${percent(share)}`} {TONES[tone]}
            </span>
            {share !== null && <meter min={0} max={1} value={Math.min(1, share)} aria-label="Part of the local ports in TIME_WAIT" />}
            <small class="forecast">
              {forecast}
              {probes > 0 && ` · ${count(probes)} by our own probes`}
            </small>
          </li>
        ))}
      </ul>
      {gauges.length > shown.length && (
        <p class="scope">
          and {count(gauges.length - shown.length)} {shown.length === large.length ? `of fewer than ${LARGE} each` : 'more'}
        </p>
      )}
      {listening.length > 0 && (
        <>
          <h2>
            Behind listening ports <small>they hold no port that anybody needs</small>
          </h2>
          <ul>
            {listening.slice(0, ROWS).map(({ laddr, lport, netns, count: waiting, perSecond }) => (
              <li key={`${netns} ${laddr} ${lport}`}>
                <bdi class="pool-name">{endpoint(visibleText(laddr), lport ?? 0)}</bdi>
                <span class="number">{count(waiting)}</span>
                <small class="forecast">
                  {perSecond === null ? 'no rate yet' : `${rate(perSecond.entered)}/s enter, ${rate(perSecond.left)}/s leave`}
                </small>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function percent(share: number): string {
  return share > 0 && share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
}
