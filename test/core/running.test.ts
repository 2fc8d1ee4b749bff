import { describe, expect, it } from 'vitest';
import { LossAccount } from '../../src/core/track/loss.ts';
import { Skips } from '../../src/core/track/skips.ts';

describe('a bpftrace that had been running before the capture begins', () => {
  it('has counters whose first reading is no loss; what is missing from then on is', () => {
    const account = new LossAccount();
    account.begin(true);
    const counted = (count: number) => {
      account.counted('state', 0x72, count, 0);
      return account.settled(1e9);
    };
    expect(counted(100_000)).toEqual([]);
    expect(counted(100_003)).toMatchObject([{ lost: 3 }]);
    expect(counted(100_003)).toEqual([]);
    expect(account.shedding('state', 0x72, 5000)).toBeNull();
    expect(account.shedding('state', 0x72, 5010)).toMatchObject({ lost: 10 });
  });

  it('was skipped before, which is not told again', () => {
    const skips = new Skips();
    skips.restart(0, true);
    expect(skips.read(500, 1)).toBeNull();
    expect(skips.read(502, 2)).toMatchObject({ cause: 'skipped', lost: 2 });
  });

  it('is followed by one whose counters begin at zero', () => {
    const account = new LossAccount();
    account.begin(true);
    account.counted('state', 0x72, 100_000, 0);
    account.ended(false);
    account.begin(false);
    account.counted('state', 0x72, 4, 0);
    expect(account.settled(1e9)).toMatchObject([{ lost: 4 }]);
    const skips = new Skips();
    skips.restart(0, true);
    skips.restart(1);
    expect(skips.read(3, 2)).toMatchObject({ lost: 3 });
  });
});

it('what was skipped only grows: a lower sum was read badly, and what was told is not told again', () => {
  const skips = new Skips();
  skips.restart(0);
  expect([5, 3, 5, 6].map((total, at) => skips.read(total, at)?.lost ?? 0)).toEqual([5, 0, 0, 1]);
  expect(skips.total).toBe(6);
});
