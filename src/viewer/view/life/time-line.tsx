import { useRef } from 'preact/hooks';
import { many } from '../../../formats/words/amount.ts';
import type { Life } from '../../model/life.ts';
import { stayScale, trueScale } from '../../model/time-scale.ts';
import { useMeasured } from '../measured.ts';
import type { Page } from '../page.ts';
import { ApplicationLane, HEIGHT } from './application-lane.tsx';
import type { Lane } from './lane.ts';
import { MarkLane } from './mark-lane.tsx';
import { ProgressLane } from './progress-lane.tsx';
import { StateLane } from './state-lane.tsx';

/** Top to bottom: what the application believed, then what the kernel knew. */
const LANES: readonly Lane[] = [
  { name: 'application', height: ({ attempts }) => (attempts.length === 0 ? 0 : HEIGHT), Body: ApplicationLane },
  { name: 'kernel', height: () => 34, Body: StateLane },
  { name: 'events', height: () => 28, Body: MarkLane },
  { name: 'sequence', height: ({ progress }) => (progress.length < 2 ? 0 : 56), Body: ProgressLane },
];

/** px for the lanes' names. */
const GUTTER = 70;

/** The lanes over one axis. */
export function TimeLine({ page, life }: { page: Page; life: Life }) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.max(200, useMeasured(box).width - GUTTER - 12);
  const stretch = { ...life, slices: life.stretches };
  const scale = page.params.value['scale'] === 'true' ? trueScale(stretch, width) : stayScale(stretch, width);
  let y = 0;
  const lanes = LANES.filter((lane) => lane.height(life) > 0).map((lane) => {
    const top = y;
    y += lane.height(life) + 4;
    return { lane, top };
  });
  return (
    <div class="time-line" ref={box} data-testid="time-line">
      <svg width={width + GUTTER + 12} height={y} role="img" aria-label={spoken(life)}>
        {lanes.map(({ lane, top }) => (
          <g key={lane.name} transform={`translate(0 ${top})`}>
            <text class="lane-name" x="0" y="19">
              {lane.name}
            </text>
            <g transform={`translate(${GUTTER} 0)`}>
              <lane.Body page={page} life={life} scale={scale} width={width} />
            </g>
          </g>
        ))}
      </svg>
    </div>
  );
}

/** The picture in a sentence; the table below it says each step. */
function spoken({ slices, marks, attempts }: Life): string {
  const probed = attempts.length === 0 ? '' : ` ${many(attempts.length, 'attempt')} of our own probe above it.`;
  return `Life of the socket: ${slices.map(({ state }) => state).join(', ')}; ${marks.length} other events. Each is in the table below.${probed}`;
}
