import type { TcpState } from '../../core/model/tcp-state.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A node's place: its centre, px. */
export interface Place extends Point {
  readonly w: number;
  readonly h: number;
}

/** An arrow as drawn: an SVG path and where its words stand. */
export interface Drawn {
  readonly path: string;
  readonly label: Point;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** Column (0 left, 1 middle, 2 right) and row of each state in the RFC's figure. The right CLOSE at its end is {@link Layout.end}. */
const GRID: Readonly<Partial<Record<TcpState, readonly [number, number]>>> = {
  CLOSE: [1, 0],
  LISTEN: [1, 1],
  SYN_RECV: [0, 2],
  SYN_SENT: [2, 2],
  ESTABLISHED: [1, 3],
  FIN_WAIT1: [0, 4],
  CLOSE_WAIT: [2, 4],
  FIN_WAIT2: [0, 5],
  CLOSING: [1, 5],
  LAST_ACK: [2, 5],
  TIME_WAIT: [1, 6],
};
const ROWS = 7;

/** Where everything of the state machine stands in a box of so many px: RFC 9293's figure 5, stretched to fit. */
export class Layout {
  readonly width: number;
  readonly height: number;
  readonly #columns: readonly [number, number, number];
  readonly #row: number;
  readonly #w: number;
  readonly #h: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#w = Math.min(142, Math.max(96, width * 0.2));
    this.#h = Math.min(58, Math.max(46, height / ROWS - 28));
    const edge = this.#w / 2 + Math.min(90, Math.max(14, width * 0.07));
    this.#columns = [edge, width / 2, width - edge];
    this.#row = (height - this.#h - 4) / (ROWS - 1);
  }

  place(state: TcpState): Place {
    const [column, row] = GRID[state] ?? [1, 0];
    return { x: this.#columns[column] ?? 0, y: 2 + this.#h / 2 + row * this.#row, w: this.#w, h: this.#h };
  }

  /** The second CLOSE of the figure, bottom right: the same state as the first, without a count of its own. */
  get end(): Place {
    return { x: this.#columns[2], y: this.place('TIME_WAIT').y, w: this.#w * 0.6, h: 26 };
  }

  /** The arrow from one state to another; a bow where the figure has none. */
  edge(from: TcpState, to: TcpState): Drawn {
    const a = this.place(from);
    const b = to === 'CLOSE' && (from === 'TIME_WAIT' || from === 'LAST_ACK') ? this.end : this.place(to);
    const shift = SHIFT[`${from}>${to}`] ?? 0;
    const outer = OUTER[`${from}>${to}`];
    if (outer !== undefined) return this.#around(a, b, outer);
    if (Math.abs(a.x - b.x) < 1) return vertical(a, b, shift);
    if (Math.abs(a.y - b.y) < 1) return horizontal(a, b, shift);
    if (STRAIGHT.has(`${from}>${to}`)) return diagonal(a, b, Math.abs(a.y - b.y) > 1.5 * this.#row);
    return bow(a, b);
  }

  /** Along the figure's outside, left or right of everything. */
  #around(a: Place, b: Place, side: 'left' | 'right'): Drawn {
    const sign = side === 'left' ? -1 : 1;
    const x1 = a.x + sign * (a.w / 2);
    const x2 = b.x + sign * (b.w / 2);
    const far = side === 'left' ? Math.max(8, Math.min(x1, x2) - 26) : Math.min(this.width - 8, Math.max(x1, x2) + 26);
    const y2 = b.y + (a.y > b.y ? 6 : -6);
    return {
      path: `M${x1},${a.y} C${far},${a.y} ${far},${a.y} ${far},${(a.y + y2) / 2} S${far},${y2} ${x2},${y2}`,
      label: { x: far - sign * 5, y: (a.y + y2) / 2 },
      anchor: side === 'left' ? 'start' : 'end',
    };
  }
}

/** Px to the side, so that an arrow and its opposite stand beside each other. */
const SHIFT: Readonly<Record<string, number>> = { 'CLOSE>LISTEN': -22, 'LISTEN>CLOSE': 22 };

const OUTER: Readonly<Record<string, 'left' | 'right'>> = { 'SYN_RECV>FIN_WAIT1': 'left' };

const STRAIGHT: ReadonlySet<string> = new Set([
  'LISTEN>SYN_RECV',
  'LISTEN>SYN_SENT',
  'SYN_RECV>ESTABLISHED',
  'SYN_SENT>ESTABLISHED',
  'ESTABLISHED>FIN_WAIT1',
  'ESTABLISHED>CLOSE_WAIT',
  'FIN_WAIT1>CLOSING',
  'FIN_WAIT2>TIME_WAIT',
  'CLOSE>SYN_SENT',
  'SYN_SENT>CLOSE',
  'SYN_RECV>LISTEN',
]);

function vertical(a: Place, b: Place, shift: number): Drawn {
  const down = b.y > a.y;
  const y1 = a.y + (down ? a.h : -a.h) / 2;
  const y2 = b.y + (down ? -b.h - 4 : b.h + 4) / 2;
  const x = a.x + shift;
  return { path: `M${x},${y1} L${x},${y2}`, label: { x: x + (shift < 0 ? -7 : 7), y: (y1 + y2) / 2 }, anchor: shift < 0 ? 'end' : 'start' };
}

function horizontal(a: Place, b: Place, shift: number): Drawn {
  const right = b.x > a.x;
  const x1 = a.x + (right ? a.w : -a.w) / 2;
  const x2 = b.x + (right ? -b.w - 4 : b.w + 4) / 2;
  const y = a.y + shift;
  return { path: `M${x1},${y} L${x2},${y}`, label: { x: (x1 + x2) / 2, y: y - 11 }, anchor: 'middle' };
}

/** From the side of one to the top or bottom of the other, or the other way: as the figure's bent arrows. A `long` one passes another state. */
function diagonal(a: Place, b: Place, long: boolean): Drawn {
  const right = b.x > a.x;
  const down = b.y > a.y;
  // Arrows that go back to where others came from keep below them.
  const low = down ? 0 : 10;
  const x1 = a.x + ((right ? a.w : -a.w) / 2) * (down ? 0.55 : 0.2);
  const y1 = a.y + (down ? a.h / 2 : -a.h / 2);
  const x2 = b.x + ((right ? -b.w : b.w) / 2) * (down ? 0.55 : 1) + (down ? 0 : right ? -4 : 4);
  const y2 = b.y + (down ? -b.h / 2 - 4 : low);
  const middle = (y1 + y2) / 2;
  const path = down ? `M${x1},${y1} C${x1},${middle} ${x2},${middle} ${x2},${y2}` : `M${x1},${y1} C${x1},${y2} ${x1},${y2} ${x2},${y2}`;
  const along = long ? 0.66 : 0.5;
  const label = down ? { x: x1 + (x2 - x1) * (long ? 0.72 : 0.5), y: y1 + (y2 - y1) * along } : { x: (x1 * 2 + x2) / 3, y: y2 - 13 };
  return { path, label, anchor: 'middle' };
}

/** What no figure has: bent, so that it does not hide under others. */
function bow(a: Place, b: Place): Drawn {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy) || 1;
  const control = { x: (a.x + b.x) / 2 - (dy / length) * 46, y: (a.y + b.y) / 2 + (dx / length) * 46 };
  const [start, stop] = [outside(a, control), outside(b, control)];
  return {
    path: `M${start.x},${start.y} Q${control.x},${control.y} ${stop.x},${stop.y}`,
    label: { x: (start.x + stop.x + 2 * control.x) / 4, y: (start.y + stop.y + 2 * control.y) / 4 },
    anchor: 'middle',
  };
}

/** Where the line from a node's centre towards `to` leaves its box. */
function outside({ x, y, w, h }: Place, to: Point): Point {
  const [dx, dy] = [to.x - x, to.y - y];
  const scale = Math.min((w / 2 + 4) / Math.abs(dx || 1e-6), (h / 2 + 4) / Math.abs(dy || 1e-6));
  return { x: x + dx * scale, y: y + dy * scale };
}
