import { tall } from '../../model/drift-shares.ts';
import { MARKS } from '../../model/probe-list.ts';
import type { ProbeMark } from '../../model/probe-mark.ts';

/** px; drawn to fit its box. */
const STEP = 5;
const HEIGHT = 24;

/**
 * The last attempts, newest at the right: the height is how long one took, by its logarithm. One that was not alive hangs from a bar at the
 * top and has a cross; a dot above one that was alive: something had to be sent again.
 */
export function MarkStrip({ marks }: { marks: readonly ProbeMark[] }) {
  const width = MARKS * STEP;
  const failed = marks.filter(({ alive }) => !alive).length;
  const spoken = marks.length === 0 ? 'no attempt yet' : `the last ${marks.length} attempts: ${failed} not alive`;
  return (
    <svg class="marks" viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="xMaxYMid meet" role="img" aria-label={spoken}>
      <line class="rail" x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {marks.map((mark, index) => {
        const x = width - (marks.length - index) * STEP;
        const height = 3 + tall(mark.tookUs) * (HEIGHT - 9);
        return mark.alive ? (
          <g key={mark.attempt} class={mark.mismatch === null ? 'alive' : 'odd'}>
            <rect x={x} y={HEIGHT - height} width={STEP - 1.5} height={height} />
            {mark.resent > 0 && <circle cx={x + 1.75} cy="2.5" r="2" />}
          </g>
        ) : (
          <g key={mark.attempt} class="dead">
            <rect x={x} y={HEIGHT - height} width={STEP - 1.5} height={height} />
            <path d={`M${x},0l3.5,4M${x + 3.5},0l-3.5,4`} />
          </g>
        );
      })}
    </svg>
  );
}
