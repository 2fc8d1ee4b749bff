import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Clock, sleepInWords } from '../../../src/core/track/clock.ts';
import { OrderBuffer } from '../../../src/core/track/order.ts';

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

describe('the order buffer', () => {
  const steps = fc.array(fc.record({ ns: fc.nat(200), wait: fc.nat(30) }), { maxLength: 60 });

  it('loses and doubles nothing, sorts each release, and counts exactly those that come after a later one has left', () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (list, hold) => {
        const buffer = new OrderBuffer<{ ns: number; id: number }>(hold);
        const out: { ns: number; id: number }[] = [];
        let now = 0;
        let late = 0;
        for (const [id, { ns, wait }] of list.entries()) {
          if (out.some((item) => item.ns > ns)) late++;
          buffer.push({ ns, id });
          now += wait;
          const left = buffer.release(now);
          expect(left.every((item, at) => item.ns <= now - hold && (at === 0 || item.ns >= (left[at - 1]?.ns ?? 0)))).toBe(true);
          out.push(...left);
          expect(out.length + buffer.size).toBe(id + 1);
        }
        out.push(...buffer.flush());
        expect(buffer.late).toBe(late);
        expect(out.map(({ id }) => id).sort((a, b) => a - b)).toEqual(list.map((_, id) => id));
        if (late === 0) expect(out.every((item, at) => at === 0 || item.ns >= (out[at - 1]?.ns ?? 0))).toBe(true);
      }),
    );
  });

  it('leaves what happened at the same time in the order of its coming', () => {
    const buffer = new OrderBuffer<{ ns: number; id: string }>(0);
    for (const id of ['a', 'b', 'c']) buffer.push({ ns: id === 'c' ? 4 : 5, id });
    expect(buffer.flush().map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  });

  it('waits longer once items come late, and no longer than it must once they do not', () => {
    const buffer = new OrderBuffer<{ ns: number }>(20e6);
    buffer.push({ ns: 1e9 });
    expect(buffer.release(1.1e9)).toHaveLength(1);
    buffer.push({ ns: 0.8e9 });
    expect(buffer.late).toBe(1);
    expect(buffer.holdNs).toBe(320e6);
    buffer.push({ ns: 1.2e9 });
    expect(buffer.release(1.3e9).map(({ ns }) => ns)).toEqual([0.8e9]);
    expect(buffer.release(10e9)).toHaveLength(1);
    buffer.release(60e9);
    expect(buffer.holdNs).toBe(20e6);
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
