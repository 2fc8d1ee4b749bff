import type { AttemptLanes } from '../../model/attempt-lanes.ts';

interface Props {
  readonly lanes: AttemptLanes;
  readonly x: (us: number) => number;
  readonly y: number;
  readonly width: number;
}

/** px that the words of a tick take at most. */
const ROOM = 84;

/** When each of the application's stretches begins and ends, after the call; as many as there is room for. */
export function Ticks({ lanes: { application, toUs }, x, y, width }: Props) {
  const moments = [...new Set([0, ...application.flatMap((piece) => [piece.fromUs, piece.toUs])])]
    .filter((us) => us <= toUs)
    .sort((a, b) => a - b);
  let taken = Number.NEGATIVE_INFINITY;
  const shown = moments.flatMap((us) => {
    const at = x(us);
    if (at - taken < ROOM) return [];
    taken = at;
    return [{ us, at }];
  });
  return (
    <g class="ticks">
      <line class="rail" x1="0" x2={width} y1={y} y2={y} />
      {shown.map(({ us, at }) => (
        <g key={us}>
          <line class="rail" x1={at} x2={at} y1={y} y2={y + 4} />
          <text x={Math.min(at, width)} y={y + 15} text-anchor={at > width - ROOM / 2 ? 'end' : at < ROOM / 2 ? 'start' : 'middle'}>
            {us === 0 ? 'called' : `+${moment(us)}`}
          </text>
        </g>
      ))}
    </g>
  );
}

/** In one unit, so that moments close to each other can be told apart: `0.20 ms`, `1,008.10 ms`. */
function moment(us: number): string {
  return `${grouped.format(us / 1000)} ms`;
}

const grouped = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
