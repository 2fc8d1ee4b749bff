import { UNHEARD } from '../../model/health.ts';
import type { Page } from '../page.ts';

/** Nothing is found: because nothing is wrong, or because nobody looks. The two never look the same. */
export function NoFindings({ page, narrowed }: { page: Page; narrowed: boolean }) {
  const { status, inForce } = page.store;
  const { phase, trusted, text } = page.health.value;
  const [title, next] = ((): readonly [string, string] => {
    if (!trusted) return [UNHEARD[phase] ?? text, 'What is found appears here once Synoptic answers.'];
    if (status.value === null || inForce.value === null) return ['Asking for findings…', 'They appear here as they are made.'];
    if (phase === 'blind' || phase === 'starting' || phase === 'ended')
      return ['Nothing can be found while the kernel is not seen', `${text}. No finding does not mean that nothing is wrong.`];
    if (!inForce.value.kinds.includes('finding'))
      return ['Findings are switched off', 'The kind “finding” is not asked for: switch it on in Events.'];
    if (narrowed) return ['None of this severity', 'Choose “all” above.'];
    if (inForce.value.filter !== '') return ['Nothing is found in what the filter lets through', 'Clear the filter to see all findings.'];
    const seen = status.value.completeness.complete
      ? 'Nothing is known to be missing from what was observed.'
      : 'Not all was seen, as the header says: a finding may have been missed.';
    return ['Nothing is wrong that the detectors know of', seen];
  })();
  return (
    <p class="nothing" data-testid="no-findings">
      <b>{title}</b>
      <span>{next}</span>
    </p>
  );
}
