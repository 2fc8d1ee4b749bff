import { count } from '../../../formats/words/amount.ts';
import type { Progress } from '../../model/life.ts';
import type { LaneProps } from './lane.ts';

const HEIGHT = 52;
const LINES = [
  ['sent', 'sent'],
  ['acked', 'acknowledged'],
  ['received', 'received'],
] as const satisfies readonly (readonly [keyof Progress, string])[];

/**
 * Sequence numbers sent, acknowledged and received, as the kernel told them at each change of state: one a byte, and one each for SYN and
 * FIN. Between two points nothing is known.
 */
export function ProgressLane({ life, scale, width }: LaneProps) {
  const most = Math.max(1, ...life.progress.flatMap(({ sent, received }) => [sent ?? 0, received ?? 0]));
  const y = (bytes: number): number => HEIGHT - 4 - (bytes / most) * (HEIGHT - 14);
  const last = life.progress.at(-1);
  return (
    <>
      <line class="rail" x1="0" x2={width} y1={y(0)} y2={y(0)} />
      {LINES.map(([name]) => {
        const points = life.progress.flatMap((point) => {
          const bytes = point[name];
          return bytes === null ? [] : [{ x: scale.x(point.ns), y: y(bytes), bytes }];
        });
        return (
          <g key={name} class={`bytes ${name}`}>
            <polyline points={points.map((point) => `${point.x},${point.y}`).join(' ')} />
            {points.map((point) => (
              <circle key={point.x} cx={point.x} cy={point.y} r="2.5">
                <title>{`${name}: ${count(point.bytes)}`}</title>
              </circle>
            ))}
          </g>
        );
      })}
      <text class="bytes-key" x="2" y="9">
        <title>Sequence numbers used up: one for each byte, SYN and FIN</title>
        {LINES.map(([name, words], index) => (
          <tspan key={name} class={`bytes ${name}`} dx={index === 0 ? 0 : 10}>
            {MARKS[name]} {words} {last?.[name] === null || last === undefined ? '—' : count(last[name])}
          </tspan>
        ))}
      </text>
    </>
  );
}

/** How each line is drawn, so that they differ without colour. */
const MARKS = { sent: '━', acked: '╍', received: '┈' } as const;
