import type { Edge } from '../../model/machine-edges.ts';
import type { Drawn } from '../../model/machine-layout.ts';
import type { Flow } from '../../model/transitions.ts';
import { rate } from '../../words/rate.ts';

interface Props {
  readonly edge: Edge;
  readonly drawn: Drawn;
  /** Undefined where it was not taken. */
  readonly flow: Flow | undefined;
  readonly trusted: boolean;
}

/** One arrow: the more a second, the thicker; dotted where Linux never goes. */
export function Arrow(props: Props) {
  const { kind, state, perSecond } = lookOf(props);
  return (
    <g class={`edge ${kind} ${state}`}>
      <path d={props.drawn.path} stroke-width={widthOf(perSecond)} marker-end={`url(#head-${kind})`} />
    </g>
  );
}

/** What goes along it and why. Drawn after all arrows, so that none crosses it. */
export function ArrowWords(props: Props) {
  const { edge, drawn } = props;
  const { kind, state, perSecond } = lookOf(props);
  if (edge.linux === false) return null;
  return (
    <g class={`edge ${kind} ${state}`}>
      <text x={drawn.label.x} y={drawn.label.y + 4} text-anchor={drawn.anchor}>
        {perSecond > 0 ? <tspan class="rate">{`${rate(perSecond)}/s `}</tspan> : ''}
        <tspan class="words">{edge.words}</tspan>
      </text>
    </g>
  );
}

function lookOf({ edge, flow, trusted }: Props): { kind: string; state: string; perSecond: number } {
  const perSecond = trusted ? (flow?.perSecond ?? 0) : 0;
  const kind = flow !== undefined && flow.impossible !== null ? 'impossible' : edge.linux === false ? 'never' : edge.side;
  return { kind, perSecond, state: perSecond > 0 ? 'flowing' : flow === undefined ? 'idle' : 'seen' };
}

/** 1.5 px without traffic, and one more for each tenfold. */
function widthOf(perSecond: number): number {
  return 1.5 + (perSecond > 0 ? 0.6 + Math.log10(1 + perSecond) : 0);
}

/** Arrowheads, one for each colour: a marker cannot take its line's. */
export function Heads() {
  return (
    <defs>
      {['active', 'passive', 'both', 'never', 'impossible'].map((kind) => (
        <marker
          key={kind}
          id={`head-${kind}`}
          class={`head ${kind}`}
          viewBox="0 0 8 8"
          refX="6.5"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0 8 4 0 8z" />
        </marker>
      ))}
    </defs>
  );
}
