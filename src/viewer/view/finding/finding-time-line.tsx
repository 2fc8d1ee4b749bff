import { useRef } from 'preact/hooks';
import type { FindingEventWire } from '../../../formats/event.ts';
import { duration } from '../../../formats/words/amount.ts';
import { findingLine } from '../../model/finding-line.ts';
import { shortTime, wireTime } from '../../words/moment.ts';
import { GlyphAt } from '../glyph.tsx';
import { useMeasured } from '../measured.ts';
import type { Page } from '../page.ts';
import { shownWallMs } from './age.ts';

const PHASE_SHAPE = { open: 'warn', update: 'diamond', resolved: 'dot' } as const;
/** px */
const HEIGHT = 52;
const EDGE = 8;

/** From its beginning until now, or until it was over: when it was told of, and the evidence whose moment is known here. */
export function FindingTimeLine({ page, finding }: { page: Page; finding: FindingEventWire }) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.max(160, useMeasured(box).width);
  page.frame.value;
  const { store } = page;
  const held = new Map<number, string>();
  const wanted = new Set(finding.evidence.flatMap(({ seqs }) => seqs));
  if (wanted.size > 0)
    for (const row of store.feed.newestFirst()) if (row.kind !== 'missed' && wanted.has(row.seq)) held.set(row.seq, row.at);
  const line = findingLine(finding, store.findings.steps(finding.id), (seq) => held.get(seq) ?? null, shownWallMs(page));
  const x = (ms: number): number => EDGE + ((ms - line.fromMs) / (line.toMs - line.fromMs)) * (width - 2 * EDGE);
  const zone = page.zone.value;
  const length = duration((line.toMs - line.fromMs) * 1000);
  const spoken = `${length} from ${shortTime(finding.since, zone)} until ${line.over ? 'it was over' : 'now'}; ${line.steps.length} times told, ${line.seen.length} events of its evidence held here`;
  return (
    <div class={`finding-line severity ${finding.severity}`} ref={box}>
      <svg width={width} height={HEIGHT} role="img" aria-label={spoken}>
        <rect class={line.over ? 'span over' : 'span'} x={EDGE} y="14" width={width - 2 * EDGE} height="12" rx="2" />
        {line.noticedMs !== null && <rect class="unnoticed" x={EDGE} y="14" width={Math.max(0, x(line.noticedMs) - EDGE)} height="12" />}
        {line.seen.map(({ atMs, seq }) => (
          <g key={seq} class="seen">
            <title>{`event ${seq}, ${shortTime(wireTime(atMs), zone)}`}</title>
            <line x1={x(atMs)} x2={x(atMs)} y1="10" y2="30" />
          </g>
        ))}
        {line.steps.map(({ atMs, step }) => (
          <g key={step.seq} class={`step severity ${step.severity}`}>
            <title>{`${step.phase}, ${step.severity}, ${shortTime(step.at, zone)}`}</title>
            <circle cx={x(atMs)} cy="20" r="8" />
            <GlyphAt shape={PHASE_SHAPE[step.phase]} x={x(atMs)} y={20} />
          </g>
        ))}
        <text x="0" y="45">
          {shortTime(wireTime(line.fromMs), zone)}
        </text>
        <text x={width / 2} y="45" text-anchor="middle">
          {length}
        </text>
        <text x={width} y="45" text-anchor="end">
          {line.over ? shortTime(finding.at, zone) : 'now'}
        </text>
      </svg>
    </div>
  );
}
