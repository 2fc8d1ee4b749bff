import { describe, expect, it } from 'vitest';
import { Rate, WINDOW_NS } from '../../../src/sources/meter/rate.ts';

const S = 1e9;

/** Readings, one a second, from 0 on. */
function read(...totals: readonly number[]): Rate {
  const rate = new Rate();
  for (const [second, total] of totals.entries()) rate.add(second * S, total);
  return rate;
}

describe('a rate', () => {
  it('is not known before the second reading', () => {
    expect(read().perSecond).toBeNull();
    expect(read(7).perSecond).toBeNull();
    expect(read(7, 9).perSecond).toBe(2);
  });

  it('looks back over the window and no further', () => {
    // 1000 in the first second, then one a second.
    const totals = [0, 1000, 1001, 1002, 1003, 1004, 1005];
    expect(read(...totals.slice(0, 6)).perSecond).toBe(1004 / 5);
    expect(read(...totals).perSecond).toBe(1);
    expect(WINDOW_NS).toBe(5 * S);
  });

  it('is by the time that passed, not by the number of readings: a late look changes nothing', () => {
    const rate = new Rate();
    rate.add(0, 0);
    rate.add(1 * S, 10);
    rate.add(4 * S, 40);
    expect(rate.perSecond).toBe(10);
  });

  it('falls to 0 once nothing is added', () => {
    expect(read(0, 50, 50, 50, 50, 50, 50).perSecond).toBe(0);
  });

  it('begins anew with a counter that begins anew, and is never negative', () => {
    const rate = read(100, 200, 300);
    rate.add(3 * S, 5);
    expect(rate.perSecond).toBeNull();
    rate.add(4 * S, 8);
    expect(rate.perSecond).toBe(3);
  });

  it('is not known from before a time in which the total could not be read', () => {
    const rate = read(0, 10);
    rate.forget();
    rate.add(9 * S, 500);
    expect(rate.perSecond).toBeNull();
  });
});
