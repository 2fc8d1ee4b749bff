import { useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { SEVERITIES, type Severity } from '../../../core/model/finding.ts';
import type { FindingEventWire } from '../../../formats/event.ts';
import type { FindingsView } from '../../../formats/findings.ts';
import { count, many } from '../../../formats/words/amount.ts';
import type { Page } from '../page.ts';
import type { ViewPart } from '../view-part.ts';
import { FindingRow } from './finding-row.tsx';
import { NoFindings } from './no-findings.tsx';

/** What is wrong, by severity and age; one opens to its evidence. */
export const findingsView: ViewPart = {
  name: 'findings',
  title: 'Findings',
  count: ({ store }) => store.findings.worstFirst.length,
  Body: Findings,
  showsStates: true,
};

/** Rows drawn of each list. */
const MOST = 100;
const WORST_FIRST = [...SEVERITIES].reverse();

function Findings({ page }: { page: Page }) {
  const { store } = page;
  const run = store.run.value;
  const { inForce } = store;
  const filter = inForce.value?.filter ?? '';
  useEffect(() => {
    if (run === null) return;
    let stopped = false;
    // The service's own tests hold its answers against this schema.
    void page.fetch(`/api/v1/findings?${new URLSearchParams({ filter })}`).then((answer) => {
      if (stopped || answer === null) return;
      store.findings.fill(answer as FindingsView);
      page.frame.value++;
    });
    return () => {
      stopped = true;
    };
  }, [page, store, run, filter]);
  const known = useComputed(() => {
    page.frame.value;
    return { open: store.findings.worstFirst, resolved: store.findings.resolved };
  }).value;
  const severity = severityOf(page);
  const fits = (finding: FindingEventWire): boolean => severity === null || finding.severity === severity;
  const open = known.open.filter(fits);
  const resolved = known.resolved.filter(fits);
  return (
    <div class="finding-view">
      {inForce.value !== null && (
        <fieldset class="by">
          <legend class="unseen">Severity</legend>
          <button type="button" aria-pressed={severity === null} onClick={() => page.set('severity', '')}>
            all <span class="number">{count(known.open.length)}</span>
          </button>
          {WORST_FIRST.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={severity === one}
              class={`severity ${one}`}
              onClick={() => page.set('severity', one)}
            >
              {one} <span class="number">{count(known.open.filter((finding) => finding.severity === one).length)}</span>
            </button>
          ))}
          {filter !== '' && <span class="scope">of what the filter lets through</span>}
        </fieldset>
      )}
      {open.length === 0 ? (
        <NoFindings page={page} narrowed={severity !== null && known.open.length > 0} />
      ) : (
        <List page={page} title="Open" findings={open} />
      )}
      {resolved.length > 0 && <List page={page} title="Recently resolved" findings={resolved} />}
    </div>
  );
}

function List({ page, title, findings }: { page: Page; title: string; findings: readonly FindingEventWire[] }) {
  return (
    <section aria-label={title}>
      <h2>
        {title} <span class="number">{count(findings.length)}</span>
      </h2>
      <ul class="finding-list">
        {findings.slice(0, MOST).map((finding) => (
          <FindingRow key={finding.id} page={page} finding={finding} />
        ))}
      </ul>
      {findings.length > MOST && <p class="scope">and {many(findings.length - MOST, 'more finding')}: narrow by severity or FILTER.</p>}
    </section>
  );
}

function severityOf(page: Page): Severity | null {
  return SEVERITIES.find((severity) => severity === page.params.value['severity']) ?? null;
}
