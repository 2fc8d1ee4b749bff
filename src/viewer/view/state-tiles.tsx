import { isTimeWaitInferred } from '../../core/model/hook.ts';
import type { TcpState } from '../../core/model/tcp-state.ts';
import type { Status } from '../../formats/status.ts';
import { count, many } from '../../formats/words/amount.ts';
import { stateIn, toggleState } from '../model/filter-terms.ts';
import { STATE_TILES, stageOf } from '../model/state-order.ts';
import { Glyph, STAGE_SHAPE } from './glyph.tsx';
import type { Page } from './page.ts';

/** How many sockets are in each of RFC 9293's states; a click narrows the whole page to one. */
export function StateTiles({ page }: { page: Page }) {
  return (
    <section class="tiles" aria-label="Sockets in each TCP state">
      {STATE_TILES.map(([state]) => (
        <StateTile key={state} page={page} state={state} />
      ))}
    </section>
  );
}

/** One state: its name, how many sockets are in it, and the filter for it. */
export function StateTile({ page, state }: { page: Page; state: TcpState }) {
  const status = page.store.status.value;
  const filter = page.store.inForce.value?.filter ?? '';
  const stage = stageOf(state);
  return (
    <button
      type="button"
      class={`tile ${stage}`}
      data-testid={`state-tile-${state}`}
      aria-pressed={stateIn(filter) === state}
      title={explanation(state, status)}
      onClick={() => page.filter(toggleState(filter, state))}
    >
      <span class="name">
        <Glyph shape={STAGE_SHAPE[stage]} />
        {state}
      </span>
      <span class="amount">
        <b class="number" data-testid={`state-count-${state}`}>
          {status === null ? '—' : count(status.sockets.byState[state] ?? 0)}
        </b>
        {state === 'TIME_WAIT' && <small>{isTimeWaitInferred(status?.hooks ?? []) ? 'inferred' : 'exact'}</small>}
      </span>
      {state === 'TIME_WAIT' && <small data-testid="time-wait-kernel">{kernelCount(status)}</small>}
    </button>
  );
}

function kernelCount(status: Status | null): string {
  const kernel = status?.timeWait.kernel ?? null;
  if (status === null) return '';
  if (kernel === null) return 'kernel: no number';
  // The kernel counts orphaned FIN_WAIT2 along: shown apart, so that the two numbers of TIME_WAIT can be compared.
  const orphans = status.timeWait.orphanFinWait2;
  return `kernel ${count(Math.max(0, kernel - orphans))}${orphans === 0 ? '' : `+${count(orphans)} FW2`}`;
}

function explanation(state: TcpState, status: Status | null): string {
  const click = `Show only state=${state}; again to show all`;
  if (state !== 'TIME_WAIT' || status === null) return click;
  const { inferred, kernel, orphanFinWait2 } = status.timeWait;
  const ours = `In the network namespaces that can be sampled: ${count(inferred)} in TIME_WAIT, and ${many(orphanFinWait2, 'orphaned FIN_WAIT2', 'orphaned FIN_WAIT2')}.`;
  const theirs = kernel === null ? 'The kernel gives no number.' : `The kernel counts both together: ${count(kernel)}.`;
  const how = isTimeWaitInferred(status.hooks)
    ? 'The kernel does not report TIME_WAIT, so it is inferred.'
    : 'The kernel’s own functions tell who enters and leaves TIME_WAIT.';
  return `${how} ${ours} ${theirs} ${click}`;
}
