import { count, many } from '../../../formats/words/amount.ts';
import { edgeBetween, transitionWords } from '../../model/machine-edges.ts';
import { STATE_ORDER } from '../../model/state-order.ts';
import type { Flow } from '../../model/transitions.ts';
import { rate } from '../../words/rate.ts';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';
import { StateName } from '../socket-cells.tsx';

/** The same as a table, with what the figure has no room for: cut-offs, impossible ones, what they are in words. */
export function Flows({ page, flows }: { page: Page; flows: readonly Flow[] }) {
  const { transitions, inForce, status, replay } = page.store;
  const { trusted } = page.health.value;
  const filter = inForce.value?.filter ?? '';
  const ordered = flows.toSorted((a, b) => weight(a) - weight(b));
  const share = status.value?.observer.share ?? 1;
  return (
    <section class="flows" aria-label="Transitions">
      <p class="legend" aria-hidden="true">
        <span class="active">━ active end</span>
        <span class="passive">╍ passive end</span>
        <span class="both">━ both</span>
        <span class="never">┈ in the RFC, never in Linux</span>
        <span class="impossible">━ impossible</span>
      </p>
      <p class="scope">
        {filter === '' ? 'Counts and rates are of all sockets.' : 'Counts are of all sockets; rates of what the filter lets through.'}
        {` Rates are over ${rate(transitions.windowS)} s${replay.value === null ? '' : ' of the capture’s own time'}.`}
        {share > 1 && ` 1 socket in ${share} is told one by one, the others are counted.`}
      </p>
      {transitions.discontinuities > 0 && (
        <p class="anomaly">
          <Glyph shape="warn" /> {many(transitions.discontinuities, 'transition')} came after one that was not seen
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">transition</th>
            <th scope="col">a second</th>
            <th scope="col">seen here</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((flow) => (
            <tr key={`${flow.from}>${flow.to}`} class={toneOf(flow)}>
              <th scope="row">
                <StateName state={flow.from} /> → <StateName state={flow.to} />
                <small>{transitionWords(flow.from, flow.to, flow.impossible !== null)}</small>
                {flow.impossible !== null && <EventLink page={page} seq={flow.impossible.seq} />}
              </th>
              <td class="number">{!trusted ? '—' : flow.perSecond > 0 ? rate(flow.perSecond) : '·'}</td>
              <td class="number">{count(flow.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ordered.length === 0 && <p class="scope">No transition was seen here yet. They are drawn as they happen.</p>}
      {transitions.reused > 0 && <p class="scope">{many(transitions.reused, 'four-tuple')} taken over while in TIME_WAIT</p>}
    </section>
  );
}

function EventLink({ page, seq }: { page: Page; seq: number }) {
  return (
    <button type="button" onClick={() => page.set('open', `event:${seq}`)}>
      event {seq}
    </button>
  );
}

/** Impossible ones first, then along a connection's life. */
function weight({ from, to, impossible }: Flow): number {
  return (impossible === null ? 1000 : 0) + STATE_ORDER.indexOf(from) * 12 + STATE_ORDER.indexOf(to);
}

function toneOf({ from, to, impossible }: Flow): string {
  if (impossible !== null) return 'impossible';
  return edgeBetween(from, to)?.side ?? (to === 'CLOSE' && from !== 'CLOSE' ? 'cut' : 'both');
}
