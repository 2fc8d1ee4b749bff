import { describe, expect, it } from 'vitest';
import { Behind } from '../../src/commands/behind.ts';

const MS = 1e6;

/** Reads every 10 ms for so long, each time what happened `lateMs` before; gives when the kernel side was told, in ms. */
function reads(behind: Behind, fromMs: number, forMs: number, lateMs: number, share = 1): number[] {
  const told: number[] = [];
  for (let ms = fromMs; ms < fromMs + forMs; ms += 10) if (behind.heard({ heardNs: (ms - lateMs) * MS, share }, ms * MS)) told.push(ms);
  return told;
}

describe('what is read too late', () => {
  it('is told to the kernel side once it stays so, and once a second', () => {
    const behind = new Behind();
    expect(reads(behind, 0, 1000, 30)).toEqual([]);
    expect(reads(behind, 1000, 2500, 300)).toEqual([1150, 2150, 3150]);
  });

  it('is not where reading stood still and caught up', () => {
    const behind = new Behind();
    for (let ms = 0; ms < 3000; ms += 200) {
      expect(reads(behind, ms, 140, 900)).toEqual([]);
      expect(reads(behind, ms + 140, 60, 5)).toEqual([]);
    }
  });

  it('is not where one socket in many is told already, nor before anything was heard', () => {
    const behind = new Behind();
    expect(reads(behind, 0, 3000, 900, 64)).toEqual([]);
    expect(behind.heard({ heardNs: null, share: 1 }, 9e9)).toBe(false);
    // What it was like before the step back does not count.
    expect(reads(behind, 3000, 140, 900)).toEqual([]);
  });
});
