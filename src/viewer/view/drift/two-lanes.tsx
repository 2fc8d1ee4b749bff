import { useRef } from 'preact/hooks';
import type { ProbeWire } from '../../../formats/probe.ts';
import { duration } from '../../../formats/words/amount.ts';
import { causeInWords } from '../../../formats/words/probe-words.ts';
import { visibleText } from '../../../formats/words/visible-text.ts';
import { type AttemptLanes, attemptLanes } from '../../model/attempt-lanes.ts';
import { stayScale, trueScale } from '../../model/time-scale.ts';
import { useMeasured } from '../measured.ts';
import type { Page } from '../page.ts';
import { Scroller } from '../scroller.tsx';
import { KernelMarks } from './kernel-marks.tsx';
import { LaneGap } from './lane-gap.tsx';
import { LanePiece } from './lane-piece.tsx';
import { Ticks } from './ticks.tsx';

/** px: names of the lanes; where each begins. */
const GUTTER = 76;
const LANE = 34;
/** px; on a phone it is pushed sideways. */
const LEAST = 520;
const TOP = { application: 16, gaps: 54, kernel: 80, axis: 134, all: 152 } as const;

/** One attempt on one axis: the application's lane over the kernel's, and between them the time that only the application has. */
export function TwoLanes({ page, event }: { page: Page; event: ProbeWire }) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.max(LEAST, useMeasured(box).width - GUTTER - 10);
  const lanes = attemptLanes(event);
  const { fromUs, toUs, application, kernel, gaps, shades } = lanes;
  const exact = page.params.value['scale'] === 'true';
  const slices = [...application, ...(kernel ?? []), ...gaps].map((one) => ({ fromNs: one.fromUs * 1000, toNs: one.toUs * 1000 }));
  const stretch = { fromNs: fromUs * 1000, toNs: toUs * 1000, slices };
  const scale = exact ? trueScale(stretch, width) : stayScale(stretch, width);
  const x = (us: number): number => scale.x(us * 1000);
  return (
    <div class="two-lanes" ref={box} data-testid="two-lanes">
      <Scroller name="Application over kernel">
        <svg width={width + GUTTER + 10} height={TOP.all} role="img" aria-label={spoken(lanes, event)}>
          <defs>
            <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect class="hatch" width="2.4" height="6" />
            </pattern>
          </defs>
          <text class="lane-name" x="0" y={TOP.application + 21}>
            application
          </text>
          <text class="lane-name" x="0" y={TOP.gaps + 16}>
            drift
          </text>
          <text class="lane-name" x="0" y={TOP.kernel + 21}>
            kernel
          </text>
          <g transform={`translate(${GUTTER} 0)`}>
            {shades.map(({ fromUs: from, toUs: to, what }) => (
              <g key={`${what}${from}`} class={`shade ${what}`}>
                <title>{`${what === 'gc' ? 'garbage collection' : 'the event loop did not turn'}, ${duration(to - from)}`}</title>
                <rect x={x(from)} y="0" width={Math.max(1.5, x(to) - x(from))} height={TOP.axis} />
                {x(to) - x(from) > 60 && (
                  <text x={x(from) + 4} y="11">
                    {what === 'gc' ? 'GC' : 'loop stalled'} {duration(to - from)}
                  </text>
                )}
              </g>
            ))}
            {application.map((piece) => (
              <LanePiece key={`${piece.name}${piece.fromUs}`} piece={piece} x={x} y={TOP.application} height={LANE} lane="application" />
            ))}
            {gaps.map((gap) => (
              <LaneGap key={`${gap.phase}${gap.fromUs}`} gap={gap} x={x} from={TOP.application + LANE} to={TOP.kernel} />
            ))}
            {kernel === null ? (
              <text class="none" x="2" y={TOP.kernel + 21}>
                not seen: {visibleText(event.unseen ?? 'nobody knows why')}
              </text>
            ) : (
              kernel.map((piece) => (
                <LanePiece key={`${piece.name}${piece.fromUs}`} piece={piece} x={x} y={TOP.kernel} height={LANE} lane="kernel" />
              ))
            )}
            <KernelMarks lanes={lanes} x={x} y={TOP.kernel} height={LANE} />
            <Ticks lanes={lanes} x={x} y={TOP.axis} width={width} />
          </g>
        </svg>
      </Scroller>
      <p class="lanes-key">
        <button
          type="button"
          aria-pressed={exact}
          title="Off: each stretch has room by the logarithm of its length"
          onClick={() => page.set('scale', exact ? '' : 'true')}
        >
          True lengths
        </button>
        <span>hatched: time that only the application has</span>
        <span>⟷ clock error{lanes.errorUs === null ? ' not known' : ` ±${duration(lanes.errorUs)}`}</span>
        <span>↻ sent again</span>
        {shades.length > 0 && <span>shaded: the probing process was held</span>}
      </p>
    </div>
  );
}

/** The picture in sentences; the table below it has the figures. */
function spoken({ application, kernel, gaps, marks }: AttemptLanes, { unseen }: ProbeWire): string {
  const said = (pieces: AttemptLanes['application']): string =>
    pieces.map(({ name, fromUs, toUs }) => `${name} ${duration(toUs - fromUs)}`).join(', ');
  const own = gaps
    .filter(({ withinError }) => !withinError)
    .map(({ phase, cause, fromUs, toUs }) => `${phase} ${duration(toUs - fromUs)} by ${causeInWords(cause)}`);
  return [
    `Application: ${said(application)}.`,
    kernel === null ? `Kernel not seen: ${unseen ?? ''}.` : `Kernel: ${said(kernel)}.`,
    own.length > 0 ? `Drift: ${own.join(', ')}.` : 'No drift beyond the clock error.',
    marks.length > 0 ? `${marks.map(({ words }) => words).join(', ')}.` : '',
  ].join(' ');
}
