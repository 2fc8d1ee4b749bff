import { duration } from '../../../formats/words/amount.ts';
import type { AttemptLanes } from '../../model/attempt-lanes.ts';
import { GlyphAt } from '../glyph.tsx';

interface Props {
  readonly lanes: AttemptLanes;
  readonly x: (us: number) => number;
  readonly y: number;
  readonly height: number;
}

/** On the kernel's lane: how far each edge may be off, and what was sent again or reset. */
export function KernelMarks({ lanes: { edgesUs, errorUs, marks }, x, y, height }: Props) {
  return (
    <>
      {errorUs !== null &&
        edgesUs.map((us) => {
          const [left, right] = [x(us - errorUs), x(us + errorUs)];
          const middle = y + height + 5;
          return (
            <g key={us} class="uncertain">
              <title>{`±${duration(errorUs)}`}</title>
              <path d={`M${left},${middle - 3}v6M${left},${middle}H${right}M${right},${middle - 3}v6`} />
            </g>
          );
        })}
      {marks.map(({ atUs, what, words }) => (
        <g key={`${what}${atUs}`} class={`mark kind ${what === 'reset' ? 'reset' : 'retransmit'}`}>
          <title>{`+${duration(atUs)}: ${words}`}</title>
          <circle cx={x(atUs)} cy={y} r="8" />
          <GlyphAt shape={what === 'reset' ? 'cross' : 'again'} x={x(atUs)} y={y} />
        </g>
      ))}
    </>
  );
}
