import type { Row } from '../model/row.ts';
import type { Stage } from '../model/state-order.ts';

/** Shapes on a 12 × 12 grid, so that kinds and states differ in outline and not in colour alone. */
const PATHS = {
  dot: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z',
  ring: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  right: 'M2.5 1v10l8-5z',
  diamond: 'M6 .8 11.2 6 6 11.2.8 6z',
  square: 'M2 2h8v8H2z',
  half: 'M6 1a5 5 0 0 0 0 10zM7 1.2v1.6a3.4 3.4 0 0 1 0 6.4v1.6A5 5 0 0 0 7 1.2z',
  hourglass: 'M2 1h8v1.5L7 6l3 3.5V11H2V9.5L5 6 2 2.5z',
  cross: 'M2.6 1 6 4.4 9.4 1 11 2.6 7.6 6 11 9.4 9.4 11 6 7.6 2.6 11 1 9.4 4.4 6 1 2.6z',
  again: 'M6 1.5A4.5 4.5 0 1 0 10.5 6h-2A2.5 2.5 0 1 1 6 3.5V5.5L10 2.5 6-.3z',
  down: 'M1 2.5h10L6 10.5z',
  warn: 'M6 .8 11.6 11H.4zM5.3 4.5v3.2h1.4V4.5zm0 4v1.4h1.4V8.5z',
  swap: 'M3.5 1 0 3.7l3.5 2.7V4.6H11V2.8H3.5zM8.5 5.8v1.8H1v1.8h7.5V11L12 8.4z',
  hole: 'M1 1h3v2H3v1H1zm7 0h3v3H9V3H8zM1 8h2v1h1v2H1zm8 0h2v3H8V9h1z',
} as const;

export type Shape = keyof typeof PATHS;

export const KIND_SHAPE: Record<Row['kind'], Shape> = {
  state: 'right',
  'time-wait': 'hourglass',
  retransmit: 'again',
  reset: 'cross',
  drop: 'down',
  'socket-error': 'warn',
  neighbour: 'swap',
  probe: 'dot',
  gap: 'hole',
  tier: 'hole',
  finding: 'warn',
  missed: 'hole',
};

export const STAGE_SHAPE: Record<Stage, Shape> = {
  listening: 'diamond',
  opening: 'right',
  open: 'dot',
  closing: 'half',
  waiting: 'hourglass',
  left: 'square',
  closed: 'ring',
};

export function Glyph({ shape }: { shape: Shape }) {
  return (
    <svg class="glyph" viewBox="0 0 12 12" aria-hidden="true">
      <path d={PATHS[shape]} fill-rule="evenodd" />
    </svg>
  );
}

/** The same inside a larger drawing, centred at a point. */
export function GlyphAt({ shape, x, y }: { shape: Shape; x: number; y: number }) {
  return <path class="glyph-at" d={PATHS[shape]} fill-rule="evenodd" transform={`translate(${x - 6} ${y - 6})`} />;
}
