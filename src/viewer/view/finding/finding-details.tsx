import { useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { FindingsView } from '../../../formats/findings.ts';
import { endpoint } from '../../../formats/words/endpoint.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { adviceText, subjectFilter, subjectInWords } from '../../words/finding-words.ts';
import { fullTime } from '../../words/moment.ts';
import { Glyph } from '../glyph.tsx';
import type { Page } from '../page.ts';
import { Panel } from '../panel.tsx';
import { Advice } from './advice.tsx';
import { ageInWords } from './age.ts';
import { SEVERITY_SHAPE } from './finding-row.tsx';
import { FindingTimeLine } from './finding-time-line.tsx';
import { ItsCapture } from './its-capture.tsx';
import { Pieces } from './pieces.tsx';

/** One finding: on what evidence, what speaks against it, what could not be seen, what to do. */
export function FindingDetails({ page, id }: { page: Page; id: string }) {
  const { store } = page;
  const finding = useComputed(() => {
    page.frame.value;
    return store.findings.get(id);
  }).value;
  const ready = store.inForce.value !== null;
  useEffect(() => {
    if (!ready || store.findings.get(id) !== null) return;
    // From a link, while another view is shown: it may have been resolved before this page was opened.
    void page.fetch('/api/v1/findings').then((answer) => {
      if (answer !== null) store.findings.fill(answer as FindingsView);
      page.frame.value++;
    });
  }, [page, store, id, ready]);
  if (finding === null) {
    return (
      <Panel page={page} title={`finding ${visibleText(id)}`} testid="finding-details">
        <p>Synoptic does not know this finding: it is from another run, it was resolved long ago, or the filter leaves it out.</p>
      </Panel>
    );
  }
  const { severity, confidence, detector, phase, summary, subject, since, completeness, advice } = finding;
  const filter = subjectFilter(subject);
  return (
    <Panel page={page} title={visibleText(summary)} testid="finding-details" copy={finding}>
      <p class={`severity ${severity}`}>
        <b class="badge">
          <Glyph shape={SEVERITY_SHAPE[severity]} /> {phase === 'resolved' ? `resolved, was ${severity}` : severity}
        </b>{' '}
        {detector}, {confidence}, {ageInWords(page, finding)}, since <time>{fullTime(since, page.zone.value)}</time>
      </p>
      <FindingTimeLine page={page} finding={finding} />
      <p>
        <bdi>{subjectInWords(subject)}</bdi>
      </p>
      <div class="details-tools">
        {filter !== null && (
          <button type="button" data-testid="only-subject" onClick={() => page.filter(filter)}>
            Only what it is about
          </button>
        )}
        {subject.probe !== null && (
          <button type="button" onClick={() => page.set('open', `probe:${subject.probe}`)}>
            Its probe
          </button>
        )}
        <ItsCapture page={page} since={since} />
      </div>
      <Pieces page={page} title="Evidence" pieces={finding.evidence} none="None is named." />
      <Pieces page={page} title="What speaks against it" pieces={finding.against} none="Nothing that was seen." />
      <h3>What could not be seen</h3>
      <p class={completeness.whole ? 'whole' : 'torn'}>
        {completeness.words === null ? 'Nothing is known to be missing in its time.' : visibleText(completeness.words)}
      </p>
      {advice.length > 0 && <Advice advice={advice} text={advice.map(adviceText).join('\n\n')} />}
      {subject.sockets.length > 0 && (
        <>
          <h3>
            Sockets{subject.socketsTotal > subject.sockets.length ? `, the first ${subject.sockets.length} of ${subject.socketsTotal}` : ''}
          </h3>
          <ul class="pieces">
            {subject.sockets.map(({ sock, laddr, lport, raddr, rport }) => (
              <li key={`${sock} ${laddr} ${lport} ${raddr} ${rport}`}>
                {sock === null ? null : (
                  <button type="button" class="link" onClick={() => page.set('open', `sock:${sock}`)}>
                    {sock}
                  </button>
                )}{' '}
                {endpoint(visibleText(laddr), lport)} → {endpoint(visibleText(raddr), rport, '*')}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
