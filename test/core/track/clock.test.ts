import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Clock, sleepInWords } from '../../../src/core/track/clock.ts';

describe('the clock', () => {
  it('narrows with every bracket, widens with none, and never jumps where the difference stays', () => {
    const reading = fc.record({ at: fc.nat(1e12), delay: fc.nat(1e6), more: fc.nat(1e6), bracket: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e13 }), fc.array(reading), (offset, readings) => {
        const clock = new Clock();
        let error = Number.POSITIVE_INFINITY;
        for (const { at, delay, more, bracket } of readings) {
          const kernel = at + offset;
          expect(bracket ? clock.bracket(kernel, at - delay, at + more) : clock.heard(kernel, at + more)).toBe(false);
          if (clock.errorNs === null) continue;
          expect(Math.abs(clock.offsetNs - offset)).toBeLessThanOrEqual(clock.errorNs);
          error = Math.min(error, clock.errorNs * 2);
          expect(clock.errorNs).toBeLessThanOrEqual(error);
        }
        expect(clock.jumps).toBe(0);
      }),
    );
  });

  it('keeps its estimate until a bracket proves it wrong', () => {
    const clock = new Clock();
    expect(clock.errorNs).toBeNull();
    clock.bracket(1000, 900, 1100);
    clock.bracket(2000, 1990, 2300);
    expect(clock.offsetNs).toBe(0);
    expect(clock.errorNs).toBe(100);
    clock.bracket(3005, 2950, 3000);
    expect(clock.offsetNs).toBe((5 + 10) / 2);
    expect(clock.monotonic(3007.5)).toBe(3000);
  });

  it('notices a sleep at the first line after it, and is placed again by the next bracket', () => {
    const clock = new Clock();
    clock.bracket(1000, 900, 1100);
    expect(clock.heard(5_001_000, 1500)).toBe(true);
    expect(clock.errorNs).toBeNull();
    expect(clock.bracket(5_002_000, 1900, 2100)).toBe(false);
    expect(clock.errorNs).not.toBeNull();
    expect(Math.abs(clock.offsetNs - 5_000_000)).toBeLessThanOrEqual(100);
    expect(clock.jumps).toBe(1);
    expect(clock.bracket(9_002_000, 2900, 3100)).toBe(true);
    expect(clock.jumps).toBe(2);
  });
});

it.each([
  [3.24e9, 'slept for 3.2 s by CLOCK_BOOTTIME'],
  [59.6e9, 'slept for 1 min 00 s by CLOCK_BOOTTIME'],
  [7200e9, 'slept for 2 h 00 min by CLOCK_BOOTTIME'],
  [273_900e9, 'slept for 3 d 04 h by CLOCK_BOOTTIME'],
  [-1e9, 'CLOCK_BOOTTIME fell behind'],
])('a sleep of %d ns is told as “%s”', (ns, words) => {
  expect(sleepInWords(ns)).toBe(words);
});
