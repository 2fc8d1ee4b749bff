import { count, duration } from '../../../formats/words/amount.ts';
import { causeInWords } from '../../../formats/words/probe-words.ts';
import { type DriftShare, driftShares, SIZE_WORDS, tall } from '../../model/drift-shares.ts';
import type { ProbeMark } from '../../model/probe-mark.ts';
import { shortTime, wireTime } from '../../words/moment.ts';
import type { Page } from '../page.ts';
import { Scroller } from '../scroller.tsx';

const SLICES = 40;
const STEP = 5;
const HEIGHT = 26;

/** Where the time of these attempts went, by cause: how much, when, and how long at a time. */
export function DriftTable({ page, marks, title }: { page: Page; marks: readonly ProbeMark[]; title: string }) {
  const known = driftShares(marks, SLICES);
  if (known === null || known.shares.length === 0) return null;
  const zone = page.zone.value;
  const [from, to] = [shortTime(wireTime(known.fromMs), zone), shortTime(wireTime(known.toMs), zone)];
  return (
    <>
      <p class="table-about">
        {title}: of {count(marks.length)} attempts. Heights are logarithmic.
      </p>
      <Scroller name="Where the time went">
        <table class="drift-table" data-testid="drift-table">
          <thead>
            <tr>
              <th scope="col">went to</th>
              <th scope="col">in all</th>
              <th scope="col">longest</th>
              <th scope="col">attempts</th>
              <th scope="col">
                longest over time, {from} – {to}
              </th>
              <th scope="col">how long at a time</th>
            </tr>
          </thead>
          <tbody>
            {known.shares.map((share) => (
              <tr key={share.cause} class={`cause ${share.cause}`}>
                <th scope="row">
                  <i class="swatch" aria-hidden="true" />
                  {causeInWords(share.cause)}
                </th>
                <td class="number">{duration(share.totalUs)}</td>
                <td class="number">{duration(share.maxUs)}</td>
                <td class="number">{count(share.attempts)}</td>
                <td>
                  <OverTime share={share} />
                </td>
                <td>
                  <Sizes share={share} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}

function OverTime({ share: { overTime, maxUs } }: { share: DriftShare }) {
  const at = overTime.indexOf(maxUs);
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${SLICES * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`longest ${duration(maxUs)}, ${Math.round((at / SLICES) * 100)} % along`}
    >
      <line class="rail" x1="0" x2={SLICES * STEP} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {overTime.map((us, index) => {
        const height = us === 0 ? 0 : 2 + tall(us) * (HEIGHT - 2);
        return us === 0 ? null : (
          <rect key={index} x={index * STEP} y={HEIGHT - height} width={STEP - 1} height={height}>
            <title>{duration(us)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** A histogram by length; each column says its number. */
function Sizes({ share: { sizes } }: { share: DriftShare }) {
  const most = Math.max(...sizes);
  return (
    <span class="sizes">
      {sizes.map((number, index) => (
        <span key={SIZE_WORDS[index]} class={number === 0 ? 'size none' : 'size'} title={`${SIZE_WORDS[index]}: ${number}`}>
          <svg viewBox="0 0 10 16" preserveAspectRatio="none" aria-hidden="true">
            <rect
              x="0"
              y={16 - (number === 0 ? 0 : 2 + (number / most) * 14)}
              width="10"
              height={number === 0 ? 0 : 2 + (number / most) * 14}
            />
          </svg>
          <b class="number">{number === 0 ? '' : count(number)}</b>
          <small>{SIZE_WORDS[index]}</small>
        </span>
      ))}
    </span>
  );
}
