import { expect, it } from 'vitest';
import { Apart } from '../../src/commands/apart.ts';

const NETNS = 4026531840;

/** Asks each 500 ms for so long, and gives when a listing is called for, in seconds. */
function asked(apart: Apart, of: { ledger: number; kernel: number | null; share?: number }, fromS: number, forS: number): number[] {
  const told: number[] = [];
  const timeWait = { population: () => ({ timeWait: of.ledger, finWait2: 0, kernel: of.kernel }) };
  for (let s = fromS; s < fromS + forS; s += 0.5) {
    const pipeline = { timeWait, nowNs: s * 1e9, state: { share: of.share ?? 1 } } as unknown as Parameters<Apart['callsForListing']>[0];
    if (apart.callsForListing(pipeline, NETNS, s * 1e9)) told.push(s);
  }
  return told;
}

it('calls for a listing where ledger and kernel stay apart for two seconds, twice a minute at most', () => {
  const apart = new Apart();
  expect(asked(apart, { ledger: 1000, kernel: 1020 }, 100, 10)).toEqual([]);
  expect(asked(apart, { ledger: 1000, kernel: 1100 }, 110, 65)).toEqual([112, 142, 172]);
});

it('does not for what lasts a moment, for what is not known, or in a storm', () => {
  const apart = new Apart();
  for (let s = 0; s < 10; s += 2) {
    expect(asked(apart, { ledger: 0, kernel: 500 }, s, 1.5)).toEqual([]);
    expect(asked(apart, { ledger: 500, kernel: 500 }, s + 1.5, 0.5)).toEqual([]);
  }
  expect(asked(apart, { ledger: 500, kernel: null }, 20, 10)).toEqual([]);
  expect(asked(apart, { ledger: 0, kernel: 500, share: 64 }, 30, 10)).toEqual([]);
});
