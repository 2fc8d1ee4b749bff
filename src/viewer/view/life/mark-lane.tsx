import { timeOfDay } from '../../words/moment.ts';
import { inWords } from '../../words/row-words.ts';
import { GlyphAt, KIND_SHAPE } from '../glyph.tsx';
import type { LaneProps } from './lane.ts';

/** Nearer than this, px, marks become one with a count. */
const NEAR = 13;

/** Retransmissions, resets, drops and errors where they happened; many at one place are counted. */
export function MarkLane({ page, life, scale, width }: LaneProps) {
  const groups: { x: number; marks: (typeof life.marks)[number][] }[] = [];
  for (const mark of life.marks) {
    const x = scale.x(mark.ns);
    const last = groups.at(-1);
    if (last !== undefined && last.marks[0]?.event.kind === mark.event.kind && x - last.x < NEAR) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return (
    <>
      {life.marks.length > 0 && <line class="rail" x1="0" x2={width} y1="14" y2="14" />}
      {groups.map(({ x, marks }) => {
        const [first] = marks;
        if (first === undefined) return null;
        const said = marks.slice(0, 12).map(({ event }) => `${timeOfDay(event.at, page.zone.value)}  ${inWords(event)}`);
        if (marks.length > said.length) said.push(`and ${marks.length - said.length} more`);
        return (
          <g key={first.event.seq} class={`mark kind ${first.event.kind}`}>
            <title>{said.join('\n')}</title>
            <circle cx={x} cy="14" r="9" />
            <GlyphAt shape={KIND_SHAPE[first.event.kind]} x={x} y={14} />
            {marks.length > 1 && (
              <text x={x + 9} y="9">
                {marks.length}
              </text>
            )}
          </g>
        );
      })}
      {life.marks.length === 0 && (
        <text class="none" x="0" y="18">
          no retransmission, reset, drop or error seen
        </text>
      )}
    </>
  );
}
