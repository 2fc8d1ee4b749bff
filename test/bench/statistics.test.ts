import { describe, expect, it } from 'vitest';
import { median, medianOfParts, quantile, summaryOf } from './statistics.ts';

describe('figures measured several times', () => {
  it('have a median between the two in the middle, and sort as numbers', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('have quantiles that lie between two of them', () => {
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
    expect(quantile([7], 0.5)).toBe(7);
  });

  it('have no summary where nothing was measured: no zero, no NaN', () => {
    expect([summaryOf([]), median([]), quantile([], 0.99)]).toEqual([null, null, null]);
    expect(summaryOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, count: 3 });
  });

  it('are cut into equal parts, all of them used, each with its median', () => {
    expect(medianOfParts([1, 1, 9, 5, 5, 5, 7, 7, 7, 7], 3)).toEqual([1, 5, 7]);
    expect(medianOfParts([1, 2], 3)).toEqual([1, 2]);
  });
});
