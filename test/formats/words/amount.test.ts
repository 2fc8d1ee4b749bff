import { describe, expect, it } from 'vitest';
import { cores, duration, many, size } from '../../../src/formats/words/amount.ts';

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

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999.4, '999 B'],
    [999.6, '1 kB'],
    [12_345, '12.3 kB'],
    [999_600, '1 MB'],
    [115_000_000, '115 MB'],
    [999_600_000, '1 GB'],
    [1_210_000_000, '1.21 GB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});

it('tells CPU in cores, and never calls a little nothing', () => {
  expect([0, 0.0049, 0.005, 0.21, 1, 1.004, 1.3].map(cores)).toEqual([
    'under 0.01 core',
    'under 0.01 core',
    '0.01 core',
    '0.21 core',
    '1.00 core',
    '1.00 core',
    '1.30 cores',
  ]);
});

it('counts in singular and plural', () => {
  expect([many(1, 'event'), many(0, 'event'), many(1234567, 'event')]).toEqual(['1 event', '0 events', '1,234,567 events']);
});
