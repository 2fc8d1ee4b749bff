import { describe, expect, it } from 'vitest';
import { isPossible, keyOf, TCP_STATES } from '../../../src/core/model/tcp-state.ts';
import { EDGES } from '../../../src/viewer/model/machine-edges.ts';
import { Layout } from '../../../src/viewer/model/machine-layout.ts';
import { STATE_TILES } from '../../../src/viewer/model/state-order.ts';

const SIZES = [
  [340, 560],
  [900, 620],
  [2200, 1300],
] as const;

describe('the state machine’s drawing', () => {
  it('has an arrow for every one that RFC 9293 draws, and marks those that Linux never takes', () => {
    for (const { from, to, linux } of EDGES) {
      // Into and out of TIME_WAIT the kernel tells nothing: the socket goes to CLOSE and a remnant takes its place.
      if (from === 'TIME_WAIT' || to === 'TIME_WAIT') continue;
      expect([from, to, isPossible(keyOf(from, to))]).toEqual([from, to, linux !== false && !(from === 'SYN_RECV' && to === 'LISTEN')]);
    }
  });

  it.each(SIZES)('keeps its states apart and inside a box of %i × %i', (width, height) => {
    const layout = new Layout(width, height);
    const boxes = STATE_TILES.map(([state]) => layout.place(state));
    for (const [index, { x, y, w, h }] of boxes.entries()) {
      expect(x - w / 2).toBeGreaterThanOrEqual(0);
      expect(x + w / 2).toBeLessThanOrEqual(width);
      expect(y - h / 2).toBeGreaterThanOrEqual(0);
      expect(y + h / 2).toBeLessThanOrEqual(height);
      for (const other of boxes.slice(index + 1)) {
        expect(Math.abs(x - other.x) >= w || Math.abs(y - other.y) >= h).toBe(true);
      }
    }
  });

  it('can draw an arrow between any two states, for what should never happen does', () => {
    const layout = new Layout(900, 620);
    for (const from of TCP_STATES) for (const to of TCP_STATES) expect(layout.edge(from, to).path).not.toMatch(/NaN|undefined|Infinity/);
  });
});
