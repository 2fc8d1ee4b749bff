import { duration } from '../../../formats/words/amount.ts';
import type { Piece } from '../../model/attempt-lanes.ts';

interface Props {
  readonly piece: Piece;
  readonly x: (us: number) => number;
  readonly y: number;
  readonly height: number;
  readonly lane: 'application' | 'kernel';
}

/** px a letter takes, about. */
const LETTER = 6.7;

/** A stretch of a lane with its name and length; a torn edge: it began before, or goes on after, what is drawn. */
export function LanePiece({ piece: { name, fromUs, toUs, tone, torn }, x, y, height, lane }: Props) {
  const left = x(fromUs);
  const width = Math.max(1.5, x(toUs) - left - 1);
  const length = `${duration(toUs - fromUs)}${torn === 'right' ? ' …' : ''}`;
  const room = Math.floor((width - 8) / LETTER);
  const at = left + (torn === 'left' ? 9 : 5);
  return (
    <g class={`lane-piece ${lane} ${tone}`}>
      <title>{`${lane}: ${name}, ${length}`}</title>
      <rect x={left} y={y} width={width} height={height} rx="3" />
      {torn === 'left' && <path class="torn" d={`M${left},${y} ${teeth(5)}z`} />}
      {torn === 'right' && <path class="torn" d={`M${left + width},${y} ${teeth(-5)}z`} />}
      {room >= 3 && (
        <text x={at} y={y + 14}>
          {name.length <= room ? name : `${name.slice(0, room - 1)}…`}
        </text>
      )}
      {room >= length.length && (
        <text class="length" x={at} y={y + 28}>
          {length}
        </text>
      )}
    </g>
  );
}

function teeth(size: number): string {
  return `l${size},4 ${-size},4 ${size},4 ${-size},5 ${size},4 ${-size},5 ${size},4 ${-size},4`;
}
