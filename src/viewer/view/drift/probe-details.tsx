import { useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import type { ProbeWire } from '../../../formats/probe.ts';
import type { ProbeDetail } from '../../../formats/probes.ts';
import { endpoint } from '../../../formats/words/endpoint.ts';
import { mismatchInWords, probeInWords, stagesInWords } from '../../../formats/words/probe-words.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { timeOfDay } from '../../words/moment.ts';
import type { Page } from '../page.ts';
import { Panel } from '../panel.tsx';
import { AttemptPicker } from './attempt-picker.tsx';
import { DriftTable } from './drift-table.tsx';
import { PhaseTable } from './phase-table.tsx';
import { TwoLanes } from './two-lanes.tsx';

/** One target closely: its attempts, and of one of them the application's lane over the kernel's. */
export function ProbeDetails({ page, id }: { page: Page; id: string }) {
  const attempts = useAttempts(page, id);
  const view = useComputed(() => {
    page.frame.value;
    return page.store.probes.get(id);
  }).value;
  const asked = page.params.value['attempt'] ?? '';
  const shown = asked === '' ? attempts.at(-1) : attempts.find(({ attempt }) => String(attempt) === asked);
  if (shown === undefined) {
    return (
      <Panel page={page} title={visibleText(id)} testid="probe-details" place="below">
        <p>
          {asked === ''
            ? 'No attempt at this target is known yet; if it stays so, it is not probed: look at probes: in the configuration.'
            : `Attempt ${visibleText(asked)} is not kept any more: of each target the last 100 at most are.`}
        </p>
        {asked !== '' && attempts.length > 0 && (
          <button type="button" onClick={() => page.set('attempt', '')}>
            The latest
          </button>
        )}
      </Panel>
    );
  }
  const { laddr, lport, raddr, rport, sock } = shown;
  return (
    <Panel
      page={page}
      title={
        <>
          <bdi>{visibleText(id)}</bdi> · attempt {shown.attempt}
        </>
      }
      testid="probe-details"
      place="below"
      copy={shown}
    >
      <AttemptPicker page={page} attempts={attempts} shown={shown} />
      <p class={shown.alive ? 'verdict alive' : 'verdict dead'} data-testid="verdict">
        <b>{probeInWords(shown)}</b>
        {shown.mismatch !== null && <em> · {mismatchInWords(shown.mismatch)}</em>}
      </p>
      <p class="scope">
        {stagesInWords(shown)}
        {shown.couldBe.length > 0 && ` · may also be ${shown.couldBe.join(', ')}`}
      </p>
      <p class="scope">
        {timeOfDay(shown.at, page.zone.value)}
        {laddr !== null && lport !== null && ` · ${endpoint(visibleText(laddr), lport)}`}
        {raddr !== null && ` → ${endpoint(visibleText(raddr), rport)}`}
        {sock !== null && (
          <>
            {' · '}
            <button type="button" class="link" data-testid="probe-socket" onClick={() => page.set('open', `sock:${sock}`)}>
              life of socket {sock}
            </button>
          </>
        )}
      </p>
      <TwoLanes page={page} event={shown} />
      <PhaseTable event={shown} />
      <DriftTable page={page} marks={view?.marks ?? []} title="This target" />
    </Panel>
  );
}

/** Attempts as they come live and as the service keeps them, oldest first. */
function useAttempts(page: Page, target: string): readonly ProbeWire[] {
  const { probes } = page.store;
  const run = page.store.run.value;
  useLayoutEffect(() => {
    probes.watch(target);
    return () => probes.unwatch();
  }, [probes, target]);
  useEffect(() => {
    if (run === null) return;
    let stopped = false;
    void page.fetch(`/api/v1/probes/${encodeURIComponent(target)}`).then((answer) => {
      if (stopped || answer === null) return;
      probes.fill(target, (answer as ProbeDetail).attempts);
      page.frame.value++;
    });
    return () => {
      stopped = true;
    };
  }, [page, probes, target, run]);
  page.frame.value;
  return probes.attempts;
}
