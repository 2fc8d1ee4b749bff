import { describe, expect, it } from 'vitest';
import { driftShares, tall } from '../../../src/viewer/model/drift-shares.ts';
import { markOf, type ProbeMark } from '../../../src/viewer/model/probe-mark.ts';
import { at, attempt, KERNEL, WHOLE } from './attempts.ts';

const mark = (atMs: number, spent: readonly (readonly [Parameters<ProbeMark['spent']['get']>[0], number])[]): ProbeMark => ({
  ...markOf(attempt(WHOLE, KERNEL)),
  atMs,
  spent: new Map(spent),
});

describe('where the attempts’ time went', () => {
  it('adds up to all that the phases took', () => {
    const event = attempt(WHOLE, KERNEL);
    const shares = driftShares([markOf(event)], 4)?.shares ?? [];
    const all = event.drift.phases.reduce((sum, { applicationUs }) => sum + applicationUs, 0);
    expect(shares.reduce((sum, { totalUs }) => sum + totalUs, 0)).toBeCloseTo(all, 3);
  });

  it('names the cause that took most first, and counts by length', () => {
    const known = driftShares(
      [
        mark(0, [['network', 500]]),
        mark(10, [
          ['network', 5000],
          ['event-loop', 300_000],
        ]),
      ],
      2,
    );
    expect(known?.shares.map(({ cause, totalUs, maxUs, attempts, sizes }) => ({ cause, totalUs, maxUs, attempts, sizes }))).toEqual([
      { cause: 'event-loop', totalUs: 300_000, maxUs: 300_000, attempts: 1, sizes: [0, 0, 0, 1, 0] },
      { cause: 'network', totalUs: 5500, maxUs: 5000, attempts: 2, sizes: [1, 1, 0, 0, 0] },
    ]);
  });

  it('shows when: each slice of time has its longest', () => {
    const known = driftShares([mark(0, [['gc', 20]]), mark(1, [['gc', 70]]), mark(100, [['gc', 40]])], 10);
    expect(known?.shares[0]?.overTime).toEqual([70, 0, 0, 0, 0, 0, 0, 0, 0, 40]);
  });

  it('is nothing where there was no attempt', () => {
    expect(driftShares([], 10)).toBeNull();
  });

  it('draws by the logarithm, from nothing to all', () => {
    expect([tall(0), tall(10), tall(10_000), tall(10e6), tall(60e6)]).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('keeps of an attempt its largest drift and what caused it', () => {
    const late = { ...WHOLE, connected: 301.2, firstWrite: 301.4, firstByte: 304, done: 305, closeCalled: 305.1, closed: 305.4 };
    const known = markOf(attempt(late, { ...KERNEL, finSentNs: at(305.2), closedNs: at(305.3), timeWaitNs: null }));
    expect(known.driftCause).toBe('event-loop');
    expect(known.driftUs).toBeCloseTo(300_300, 0);
    expect(known.tookUs).toBe(305_000);
  });
});
