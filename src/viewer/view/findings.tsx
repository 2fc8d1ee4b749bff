import type { FindingEventWire } from '../../formats/event.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { shortTime } from '../words/moment.ts';
import { Glyph } from './glyph.tsx';
import type { Page } from './page.ts';

/** What is wrong now, the worst first; nothing where nothing is. Each opens to its evidence, what speaks against it, and advice. */
export function Findings({ page }: { page: Page }) {
  page.frame.value;
  const open = page.store.findings.worstFirst;
  if (open.length === 0) return null;
  return (
    <section class="findings" aria-label="Findings" data-testid="findings">
      {open.map((finding) => (
        <details key={finding.id} class={finding.severity} data-testid="finding" data-severity={finding.severity}>
          <summary>
            <Glyph shape="warn" />
            <b>{finding.severity}</b> {visibleText(finding.summary)}
            <i>
              {finding.detector}, {finding.confidence}, since {shortTime(finding.since, page.zone.value)}
            </i>
          </summary>
          <Pieces name="Evidence" pieces={finding.evidence.map(withSeqs)} />
          <Pieces name="Against" pieces={finding.against.map(withSeqs)} />
          <Pieces name="Not seen" pieces={finding.completeness.words === null ? [] : [finding.completeness.words]} />
          <Pieces name="Advice" pieces={finding.advice.map(inWords)} />
        </details>
      ))}
    </section>
  );
}

function Pieces({ name, pieces }: { name: string; pieces: readonly string[] }) {
  if (pieces.length === 0) return null;
  return (
    <div>
      <h3>{name}</h3>
      <ul>
        {pieces.map((piece) => (
          <li key={piece}>{visibleText(piece)}</li>
        ))}
      </ul>
    </div>
  );
}

function withSeqs({ words, seqs }: FindingEventWire['evidence'][number]): string {
  return seqs.length === 0 ? words : `${words} (events ${seqs.join(', ')})`;
}

function inWords({ words, setting, from, to, check }: FindingEventWire['advice'][number]): string {
  const change = setting === null ? '' : ` ${setting}: ${from ?? '?'} → ${to ?? '?'}.`;
  return `${words}${change}${check === null ? '' : ` Check: ${check}`}`;
}
