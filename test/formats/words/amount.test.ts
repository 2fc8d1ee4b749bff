import { describe, expect, it } from 'vitest';
import { duration, many } from '../../../src/formats/words/amount.ts';

describe('lengths of time', () => {
  it.each([
    [0, '0 µs'],
    [850.4, '850 µs'],
    [1200, '1.2 ms'],
    [20_000, '20 ms'],
    [123_456, '123 ms'],
    [999_600, '1 s'],
    [3_450_000, '3.45 s'],
    [59_994_000, '60 s'],
    [123_000_000, '2 min 03 s'],
    [3_720_000_000, '1 h 02 min'],
    [273_600_000_000, '3 d 04 h'],
  ])('%d µs is %s', (us, words) => {
    expect(duration(us)).toBe(words);
  });
});

it('counts in singular and plural', () => {
  expect([many(1, 'event'), many(0, 'event'), many(1234567, 'event')]).toEqual(['1 event', '0 events', '1,234,567 events']);
});
