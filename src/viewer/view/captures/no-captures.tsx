import type { ComponentChildren } from 'preact';
import type { CaptureList } from '../../../formats/capture/summary.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { UNHEARD } from '../../model/health.ts';
import type { Page } from '../page.ts';
import { ReplayedCapture } from './replayed-capture.tsx';

/** Why no capture is listed, and what to do about it. */
export function NoCaptures({ page, list }: { page: Page; list: CaptureList | null }) {
  const { status } = page.store;
  const { trusted, phase, text } = page.health.value;
  const unknown = page.captures.unknown.value;
  if (phase === 'refused' || unknown?.status === 401 || unknown?.status === 403) {
    return (
      <Words title="You may not see the captures here">
        Captures need the token. Open the address that <code>synoptic observe</code> printed, with its <code>?token=…</code>.
      </Words>
    );
  }
  if (!trusted) return <Words title={UNHEARD[phase] ?? text}>Captures are listed here once Synoptic answers.</Words>;
  if (status.value?.mode === 'replay') return <ReplayedCapture page={page} />;
  if (status.value?.mode === 'demo') {
    return (
      <Words title="A recording records nothing">
        On a machine that is observed, here stands what its flight recorder holds, and what was frozen of it: the evidence of an incident,
        in one file that replays anywhere. To record this machine: <pre>scripts/observe --data DIR</pre>
      </Words>
    );
  }
  if (list === null && unknown !== null)
    return <Words title="The list cannot be had">{visibleText(unknown.words)} It is asked for again by itself.</Words>;
  if (list === null) return <Words title="Asking for captures…">They appear here.</Words>;
  if (list.recorder === null) {
    return (
      <Words title="Nothing is recorded here">
        There is no flight recorder: its data folder cannot be written, as the log says, or <code>captures.record</code> is off. Start it
        with a folder that it may write to: <pre>synoptic observe --data DIR</pre>
      </Words>
    );
  }
  return (
    <Words title="Nothing is frozen yet">
      A finding that is at least a warning freezes 5 minutes before it and 30 s after it, by itself. Freeze above what you want to keep:
      what the recorder holds is overwritten in time.
    </Words>
  );
}

function Words({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="nothing" data-testid="no-captures">
      <b>{title}</b>
      <div>{children}</div>
    </div>
  );
}
