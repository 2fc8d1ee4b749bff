import { useRef } from 'preact/hooks';
import { count } from '../../../formats/words/amount.ts';
import { EDGES, type Edge, edgeBetween } from '../../model/machine-edges.ts';
import { Layout } from '../../model/machine-layout.ts';
import { STATE_TILES } from '../../model/state-order.ts';
import type { Flow } from '../../model/transitions.ts';
import { rate } from '../../words/rate.ts';
import { useMeasured } from '../measured.ts';
import type { Page } from '../page.ts';
import { StateTile } from '../state-tiles.tsx';
import { Arrow, ArrowWords, Heads } from './arrow.tsx';

/** Smaller, and names would lie on each other; the box scrolls then. */
const LEAST = { width: 340, height: 560 };

/** RFC 9293's figure 5, with how many sockets are in each state and how many a second go along each arrow. */
export function Diagram({ page, flows }: { page: Page; flows: readonly Flow[] }) {
  const box = useRef<HTMLDivElement>(null);
  const size = useMeasured(box);
  const layout = new Layout(Math.max(LEAST.width, size.width), Math.max(LEAST.height, size.height));
  const trusted = page.health.value.trusted;
  const seen = new Map(flows.map((flow) => [keyOfEdge(flow), flow]));
  const strange = flows.filter(({ impossible }) => impossible !== null);
  const unknown = flows.filter(
    (flow) => flow.impossible === null && flow.from !== flow.to && flow.to !== 'CLOSE' && edgeBetween(flow.from, flow.to) === undefined,
  );
  const cut = flows.filter(
    ({ from, to, impossible }) => impossible === null && to === 'CLOSE' && from !== 'CLOSE' && edgeBetween(from, to) === undefined,
  );
  const arrows = [
    ...EDGES.flatMap((edge) => {
      const flow = seen.get(keyOfEdge(edge));
      return flow !== undefined && flow.impossible !== null ? [] : [{ edge, flow }];
    }),
    ...[...unknown, ...strange].map((flow) => {
      const words = flow.impossible === null ? '' : '! impossible';
      return { edge: { from: flow.from, to: flow.to, side: 'both', words } satisfies Edge, flow };
    }),
  ].map(({ edge, flow }) => ({ edge, flow, drawn: layout.edge(edge.from, edge.to), trusted }));
  const { end } = layout;
  return (
    <section class="diagram" ref={box} aria-label="State machine of RFC 9293">
      <div class="canvas" style={{ width: `${layout.width}px`, height: `${layout.height}px` }}>
        <svg
          width={layout.width}
          height={layout.height}
          role="img"
          aria-label="Arrows between the states, with how many sockets a second go along each. The table beside it says the same."
        >
          <Heads />
          {arrows.map((arrow) => (
            <Arrow key={keyOfEdge(arrow.edge)} {...arrow} />
          ))}
          {arrows.map((arrow) => (
            <ArrowWords key={keyOfEdge(arrow.edge)} {...arrow} />
          ))}
          {cut.map(({ from, perSecond, total }) => {
            const { x, y, w, h } = layout.place(from);
            return (
              <text key={from} class={perSecond > 0 ? 'cut now' : 'cut'} x={x + w / 2} y={y + h / 2 + 13} text-anchor="end">
                ✕ {trusted && perSecond > 0 ? `${rate(perSecond)}/s` : count(total)} {from === 'FIN_WAIT2' ? 'orphaned' : 'cut off'}
              </text>
            );
          })}
          <rect class="end" x={end.x - end.w / 2} y={end.y - end.h / 2} width={end.w} height={end.h} rx="4" />
          <text class="end-name" x={end.x} y={end.y + 4} text-anchor="middle">
            CLOSE
          </text>
        </svg>
        {STATE_TILES.map(([state]) => {
          const { x, y, w, h } = layout.place(state);
          return (
            <span key={state} class="node" style={{ left: `${x - w / 2}px`, top: `${y - h / 2}px`, width: `${w}px`, height: `${h}px` }}>
              <StateTile page={page} state={state} />
            </span>
          );
        })}
      </div>
    </section>
  );
}

function keyOfEdge({ from, to }: Pick<Edge, 'from' | 'to'>): string {
  return `${from}>${to}`;
}
