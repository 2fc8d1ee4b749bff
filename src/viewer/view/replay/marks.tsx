import { SEVERITIES } from '../../../core/model/finding.ts';
import type { ReplayFinding, ReplayGap, ReplayState } from '../../../formats/replay.ts';
import { many } from '../../../formats/words/amount.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { offsetWords } from '../../model/replay-position.ts';
import { SEVERITY_SHAPE } from '../finding/finding-row.tsx';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';

/** What there is along the capture: a bookmark where each finding opens, a bar for as long as it lasts, gaps shaded. */
export function Marks({ page, state, length }: { page: Page; state: ReplayState; length: number }) {
  const view = page.steering.view.value;
  if (view === null) return null;
  const share = (ms: number): string => `${(Math.min(ms, length) / length) * 100}%`;
  const wide = (fromMs: number, toMs: number): string => `${(Math.max(0, Math.min(toMs, length) - fromMs) / length) * 100}%`;
  // The worst lie on top.
  const findings = view.findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const more = view.findingsLeftOut === 0 ? '' : `, and ${many(view.findingsLeftOut, 'more')} that are not drawn`;
  const said = `${many(view.findings.length, 'finding')} marked${more}, ${many(view.gaps.length, 'gap')} shaded`;
  return (
    <div class="replay-marks" role="img" aria-label={said} data-testid="replay-marks" data-findings={view.findings.length}>
      {!state.survey.done && <i class="unsurveyed" style={{ left: share(state.survey.throughMs) }} />}
      {view.gaps.map((gap) => (
        <i key={`${gap.cause} ${gap.fromMs}`} class="gap" style={{ left: share(gap.fromMs), width: wide(gap.fromMs, gap.toMs) }} />
      ))}
      {findings.map(({ id, severity, atMs, untilMs }) => (
        <i key={id} class={`span severity ${severity}`} style={{ left: share(atMs), width: wide(atMs, untilMs ?? length) }} />
      ))}
      {findings.map(({ id, severity, atMs }) => (
        <span key={id} class={`mark severity ${severity}`} style={{ left: share(atMs) }}>
          <Glyph shape={SEVERITY_SHAPE[severity]} />
        </span>
      ))}
    </div>
  );
}

/** A bookmark in words. */
export function findingWords({ severity, detector, atMs, summary }: ReplayFinding): string {
  return `${offsetWords(atMs)} ${severity}, ${detector}: ${visibleText(summary)}`;
}

/** A shaded stretch in words. */
export function gapWords({ fromMs, cause, gaps }: ReplayGap): string {
  return `${offsetWords(fromMs)} ${many(gaps, 'gap')}: ${cause}`;
}
