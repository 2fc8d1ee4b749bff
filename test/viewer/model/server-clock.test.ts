import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../../src/viewer/model/server-clock.ts';

describe('ServerClock', () => {
  it('tells ages by the observed machine’s clock, whatever the browser’s says', () => {
    const clock = new ServerClock();
    clock.event('5000000000', '2025-11-20T21:00:05.000000Z', 100);
    expect(clock.ageUs('2000000000', 100)).toBe(3_000_000);
    expect(clock.ageUs('2000000000', 350)).toBe(3_250_000);
  });

  it('is led on by heartbeats while nothing happens, and not led back by a late one', () => {
    const clock = new ServerClock();
    clock.event('5000000000', '2025-11-20T21:00:05.000000Z', 100);
    clock.heard('2025-11-20T21:00:09.000000Z', 100);
    clock.heard('2025-11-20T21:00:06.000000Z', 100);
    expect(clock.ageUs('5000000000', 100)).toBe(4_000_000);
  });

  it('does not guess before it has seen an event', () => {
    const clock = new ServerClock();
    clock.heard('2025-11-20T21:00:09.000000Z', 0);
    expect(clock.ageUs('1', 0)).toBeNull();
  });
});
