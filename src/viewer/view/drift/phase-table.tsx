import type { ProbeWire } from '../../../formats/probe.ts';
import { duration } from '../../../formats/words/amount.ts';
import { causeInWords } from '../../../formats/words/probe-words.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { Scroller } from '../scroller.tsx';

/** Each phase in figures: the application's span, the kernel's, the difference, and what it all went to. */
export function PhaseTable({ event: { drift, unseen } }: { event: ProbeWire }) {
  const { phases, errorUs } = drift;
  if (phases.length === 0) return null;
  return (
    <>
      <p class="table-about">
        {unseen === null
          ? errorUs === null
            ? 'The two sides were not compared.'
            : `The kernel’s clock may be off by ${duration(errorUs)} against the application’s.`
          : `No kernel side: ${visibleText(unseen)}`}
      </p>
      <Scroller name="Phases">
        <table class="phases" data-testid="phases">
          <thead>
            <tr>
              <th scope="col">phase</th>
              <th scope="col">application</th>
              <th scope="col">kernel</th>
              <th scope="col">drift</th>
              <th scope="col">cause</th>
              <th scope="col">where the time went</th>
            </tr>
          </thead>
          <tbody>
            {phases.map(({ phase, applicationUs, kernelUs, driftUs, cause, parts }) => (
              <tr key={phase}>
                <th scope="row">{phase}</th>
                <td class="number">{duration(applicationUs)}</td>
                <td class="number">{kernelUs === null ? '—' : duration(kernelUs)}</td>
                <td class={driftUs !== null && cause !== null ? 'number notable' : 'number'}>
                  {driftUs === null ? '—' : duration(Math.max(0, driftUs))}
                </td>
                <td>{cause === null ? '—' : causeInWords(cause)}</td>
                <td>
                  {parts.map(({ cause: of, when, us, count }) => (
                    <span key={`${of} ${when}`} class={`part cause ${of}`}>
                      <i class="swatch" aria-hidden="true" />
                      {causeInWords(of)}
                      {when === 'during' ? '' : ` (${when})`} {duration(us)}
                      {count > 1 && ` in ${count}`}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}
