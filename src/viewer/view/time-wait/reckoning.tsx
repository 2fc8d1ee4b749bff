import { isTimeWaitInferred } from '../../../core/model/hook.ts';
import { keyOf } from '../../../core/model/tcp-state.ts';
import { count } from '../../../formats/words/amount.ts';
import { rate } from '../../words/rate.ts';
import type { Page } from '../page.ts';
import type { ServiceLedger } from './service-ledger.ts';

/** Our number beside the kernel's, and how fast it grows. */
export function Reckoning({ page, service }: { page: Page; service: ServiceLedger | null }) {
  const status = page.store.status.value;
  const { trusted } = page.health.value;
  const flows = page.store.flows(page.shownMs.value);
  const sum = (of: (key: number) => boolean): number =>
    flows.reduce((all, { from, to, perSecond }) => all + (of(keyOf(from, to)) ? perSecond : 0), 0);
  const entering = sum((key) => key % 16 === 6 && key >> 4 !== 6);
  const leaving = sum((key) => key >> 4 === 6);
  const several = (service?.ledger.namespaces.length ?? 0) > 1;
  const inTimeWait = status?.sockets.byState.TIME_WAIT ?? 0;
  const kernel = status?.timeWait.kernel ?? null;
  return (
    <section class="reckoning" aria-label="TIME_WAIT in all">
      <Figure
        name="in TIME_WAIT"
        value={count(inTimeWait)}
        note={
          isTimeWaitInferred(status?.hooks ?? [])
            ? 'inferred: the kernel reports no such change'
            : 'exact: told by the kernel’s own functions'
        }
      />
      <Figure
        name="the kernel counts"
        value={kernel === null ? '—' : count(Math.max(0, kernel - (status?.timeWait.orphanFinWait2 ?? 0)))}
        note={kernel === null ? 'it gives no number here' : `in ${several ? 'the namespaces that are sampled' : 'this namespace'}`}
      />
      <Figure
        name="entering"
        value={trusted ? `${rate(entering)}/s` : '—'}
        note={`over ${rate(page.store.transitions.windowS)} s${page.store.replay.value === null ? '' : ' of the capture’s time'}, through the filter`}
      />
      <Figure name="leaving" value={trusted ? `${rate(leaving)}/s` : '—'} note="expired or taken over" />
    </section>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <p>
      <span>{name}</span>
      <b class="number">{value}</b>
      <small>{note}</small>
    </p>
  );
}
