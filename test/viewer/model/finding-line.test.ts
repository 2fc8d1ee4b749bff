import { describe, expect, it } from 'vitest';
import { evidence } from '../../../src/core/model/finding.ts';
import { findingLine } from '../../../src/viewer/model/finding-line.ts';
import { anEvent } from '../wire.ts';

const T0 = Date.parse('2025-11-20T21:00:00Z');
const at = (second: number): string => `${new Date(T0 + second * 1000).toISOString().slice(0, -1)}000Z`;
const open = anEvent('finding', { since: at(0), at: at(2), evidence: [evidence('x', {}, [7, 8]), evidence('y', {}, [8])] });
const steps = [{ seq: 1, at: at(2), phase: 'open', severity: 'warning' }] as const;

describe('a finding’s time', () => {
  it('runs from its beginning, not from when it was noticed, until now', () => {
    expect(findingLine(open, steps, () => null, T0 + 60_000)).toMatchObject({
      fromMs: T0,
      toMs: T0 + 60_000,
      noticedMs: T0 + 2000,
      over: false,
    });
  });

  it('ends when it was resolved', () => {
    const over = { ...open, phase: 'resolved' as const, at: at(30) };
    expect(findingLine(over, steps, () => null, T0 + 600_000)).toMatchObject({ toMs: T0 + 30_000, over: true });
  });

  it('has each event of its evidence once, and only where its moment is known', () => {
    const line = findingLine(open, [], (seq) => (seq === 8 ? at(1) : null), T0 + 9000);
    expect([line.seen, line.noticedMs]).toEqual([[{ atMs: T0 + 1000, seq: 8 }], null]);
  });
});
