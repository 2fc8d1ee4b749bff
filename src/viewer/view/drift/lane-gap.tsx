import { duration } from '../../../formats/words/amount.ts';
import { causeInWords } from '../../../formats/words/probe-words.ts';
import type { DriftGap } from '../../model/attempt-lanes.ts';

interface Props {
  readonly gap: DriftGap;
  readonly x: (us: number) => number;
  readonly from: number;
  readonly to: number;
}

/** px a letter takes, about. */
const LETTER = 6;

/** Between the lanes: time that the application has and the kernel has not, named with its cause where there is room. */
export function LaneGap({ gap: { phase, cause, fromUs, toUs, withinError }, x, from, to }: Props) {
  const left = x(fromUs);
  const width = Math.max(1.5, x(toUs) - left);
  const length = duration(toUs - fromUs);
  const full = `${causeInWords(cause)} ${length}`;
  const words = full.length * LETTER <= width - 8 ? full : length.length * LETTER <= width - 6 ? length : '';
  return (
    <g class={`lane-gap cause ${cause}${withinError ? ' within' : ''}`}>
      <title>{`${phase}: ${full}${withinError ? ', no more than the clocks may be off' : ''}`}</title>
      <rect class="ground" x={left} y={from} width={width} height={to - from} />
      {!withinError && <rect class="lines" x={left} y={from} width={width} height={to - from} fill="url(#hatch)" />}
      {words !== '' && (
        <text x={left + width / 2} y={(from + to) / 2 + 4} text-anchor="middle">
          {words}
        </text>
      )}
    </g>
  );
}
