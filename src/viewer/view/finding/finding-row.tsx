import type { FindingEventWire } from '../../../formats/event.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { subjectInWords } from '../../words/finding-words.ts';
import { Glyph, type Shape } from '../glyph.tsx';
import type { Page } from '../page.ts';
import { ageInWords } from './age.ts';

/** So that severities differ in outline, not in colour alone. */
export const SEVERITY_SHAPE: Readonly<Record<FindingEventWire['severity'], Shape>> = { critical: 'warn', warning: 'diamond', info: 'ring' };

/** One finding, one sentence. */
export function FindingRow({ page, finding }: { page: Page; finding: FindingEventWire }) {
  const { id, severity, summary, phase, detector, confidence, subject, completeness } = finding;
  const key = `finding:${id}`;
  return (
    <li>
      <button
        type="button"
        class={`finding-row severity ${severity}${phase === 'resolved' ? ' over' : ''}`}
        aria-expanded={page.open.value === key}
        data-testid="finding"
        data-severity={severity}
        data-phase={phase}
        onClick={() => page.set('open', page.open.value === key ? '' : key)}
      >
        <span class="badge">
          <Glyph shape={phase === 'resolved' ? 'dot' : SEVERITY_SHAPE[severity]} />
          {phase === 'resolved' ? 'resolved' : severity}
        </span>
        <span class="said">{visibleText(summary)}</span>
        <span class="meta">
          <bdi>{subjectInWords(subject)}</bdi> · {detector} · {confidence} · {ageInWords(page, finding)}
          {!completeness.whole && <em> · not all was seen</em>}
        </span>
      </button>
    </li>
  );
}
