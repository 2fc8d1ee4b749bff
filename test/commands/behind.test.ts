import { describe, expect, it } from 'vitest';
import { Behind } from '../../src/commands/behind.ts';
import type { GapEvent } from '../../src/core/model/event.ts';

const MS = 1e6;

/** Reads every 10 ms for so long, each time what happened `lateMs` before; gives when the kernel side was told, in ms. */
function reads(behind: Behind, fromMs: number, forMs: number, lateMs: number | ((ms: number) => number), share = 1): number[] {
  const told: number[] = [];
  for (let ms = fromMs; ms < fromMs + forMs; ms += 10) {
    const late = typeof lateMs === 'number' ? lateMs : lateMs(ms - fromMs);
    if (behind.heard({ heardNs: (ms - late) * MS, share }, ms * MS)) told.push(ms);
  }
  return told;
}

describe('what is read too late', () => {
  it('is told to the kernel side once it stays so, and once a second', () => {
    const behind = new Behind();
    expect(reads(behind, 0, 1000, 30)).toEqual([]);
    expect(reads(behind, 1000, 2500, 300)).toEqual([1150, 2150, 3150]);
  });

  it('is told where it gets ever older', () => {
    expect(reads(new Behind(), 0, 1000, (ms) => 100 + ms / 2)).toEqual([350]);
  });

  it('is not where reading stood still, and catches up', () => {
    const behind = new Behind();
    for (let ms = 0; ms < 3000; ms += 200) {
      expect(reads(behind, ms, 140, 900)).toEqual([]);
      expect(reads(behind, ms + 140, 60, 5)).toEqual([]);
    }
    expect(reads(behind, 3000, 3000, (ms) => Math.max(0, 2000 - ms))).toEqual([]);
  });

  it('is where it has caught up in part, and does so no longer', () => {
    expect(reads(new Behind(), 0, 2000, (ms) => Math.max(400, 1000 - ms))).toEqual([750, 1750]);
  });

  it('is not where one socket in many is told already, nor before anything was heard', () => {
    const behind = new Behind();
    expect(reads(behind, 0, 3000, 900, 64)).toEqual([]);
    expect(behind.heard({ heardNs: null, share: 1 }, 9e9)).toBe(false);
    // What it was like before the step back does not count.
    expect(reads(behind, 3000, 140, 900)).toEqual([]);
  });
});

describe('what is lost', () => {
  const gap = (more: Partial<GapEvent>): GapEvent => {
    const stamp = { host: '', seq: 1, ns: 0, wallUs: 0 };
    return {
      ...stamp,
      kind: 'gap',
      cause: 'unaccounted',
      lost: 1000,
      shed: 0,
      fromNs: 0,
      toNs: 0,
      what: null,
      parts: [],
      ...more,
    } as GapEvent;
  };

  it('is told to the kernel side at once, and once a second, for small buffers overflow before anything is old', () => {
    const behind = new Behind();
    const told = [0, 500, 1000].map((ms) => behind.told(gap({}), { share: 1 }, ms * MS));
    expect(told).toEqual([true, false, true]);
    expect(behind.told(gap({ cause: 'buffer-full' }), { share: 1 }, 9e9)).toBe(true);
  });

  it.each([
    ['a few', { lost: 40 }],
    ['what the kernel skipped', { cause: 'skipped' }],
    ['what was shed', { cause: 'shed', lost: 0, shed: 90_000 }],
    ['what nobody can count', { lost: null }],
  ] as const)('is not where it is %s', (_, more) => {
    expect(new Behind().told(gap(more), { share: 1 }, 9e9)).toBe(false);
  });

  it('is not where one socket in many is told already', () => {
    expect(new Behind().told(gap({}), { share: 64 }, 9e9)).toBe(false);
  });
});
