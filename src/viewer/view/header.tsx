import type { Status } from '../../formats/status.ts';
import { count } from '../../formats/words/amount.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { Completeness } from './completeness.tsx';
import { Cost } from './cost.tsx';
import { Glyph, type Shape } from './glyph.tsx';
import { Hooks } from './hooks.tsx';
import type { Page } from './page.ts';

const PHASE_SHAPE: Record<Page['health']['value']['phase'], Shape> = {
  connecting: 'ring',
  starting: 'ring',
  observing: 'dot',
  blind: 'hole',
  ended: 'square',
  stale: 'warn',
  disconnected: 'cross',
  refused: 'cross',
};

/** Who is observed, whether it is now, and what is missing. Never looks healthier than the last thing that was heard. */
export function Header({ page }: { page: Page }) {
  const status = page.store.status.value;
  const { phase, text, trusted } = page.health.value;
  return (
    <header class="header">
      <h1 title={status === null ? undefined : `Synoptic ${visibleText(status.version)}`}>
        Synoptic
        {status !== null && <span class="host">{visibleText(status.host)}</span>}
      </h1>
      {status !== null && <Mode mode={status.mode} trusted={trusted} />}
      <span class={`phase ${phase}`} data-testid="status-phase" data-phase={phase} role="status" aria-live="off">
        <Glyph shape={PHASE_SHAPE[phase]} />
        {text}
      </span>
      {status !== null && (
        <>
          <span class="fact rate" title="Events of all kinds, before the filter, as the service counts them">
            <b class="number">{trusted ? count(status.events.perSecond) : '—'}</b> events/s
          </span>
          <Hooks hooks={status.hooks} />
          <Cost status={status} trusted={trusted} />
          <span class="fact versions">
            kernel {visibleText(status.kernel)} · bpftrace {status.bpftrace === null ? 'unknown yet' : visibleText(status.bpftrace)}
          </span>
          <Completeness page={page} status={status} />
        </>
      )}
      <span class="tools">
        <button type="button" onClick={() => page.switchZone()} title="Switch all times between UTC and this browser's zone">
          {page.zone.value === 'utc' ? 'UTC' : 'local'}
        </button>
        <button
          type="button"
          aria-label="Help and keys"
          onClick={() => {
            page.help.value = true;
          }}
        >
          ?
        </button>
      </span>
    </header>
  );
}

function Mode({ mode, trusted }: { mode: Status['mode']; trusted: boolean }) {
  if (mode !== 'live') return <span class="mode demo">{mode.toUpperCase()}</span>;
  return trusted ? <span class="mode live">LIVE</span> : <span class="mode gone">NOT LIVE</span>;
}
