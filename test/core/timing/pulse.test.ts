import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradeOf } from '../../../src/core/timing/grade.ts';
import { Pulse } from '../../../src/core/timing/pulse.ts';
import { RoundTrips } from '../../../src/core/timing/round-trips.ts';

const answered = (roundTripMs: number, retransmits: number | null = null) => ({ roundTripMs, retransmits });
const MISSED = { roundTripMs: null, retransmits: null };

function pulse(everyMs = 1000, timeoutMs: number | null = null): Pulse {
  return new Pulse({ everyMs, timeoutMs });
}

function healthy(): Pulse {
  const target = pulse();
  for (let i = 0; i < 8; i++) target.accept(answered(10));
  return target;
}

describe('the timeout', () => {
  it('is 5 s until eight round trips are known', () => {
    const trips = new RoundTrips();
    for (let i = 0; i < 7; i++) trips.add(1);
    expect(trips.timeoutMs).toBe(5000);
    trips.add(1);
    expect(trips.timeoutMs).toBe(200);
  });

  it('is mean + 3σ of the last eight and nothing before them', () => {
    const trips = new RoundTrips();
    trips.add(100_000);
    for (const ms of [100, 300, 100, 300, 100, 300, 100, 300]) trips.add(ms);
    // mean 200, σ 100
    expect(trips.timeoutMs).toBe(500);
  });

  it('is never under 200 ms, and never under the slowest of steady round trips', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { minLength: 8, maxLength: 8 }), (all) => {
        const trips = new RoundTrips();
        for (const ms of all) trips.add(ms);
        expect(trips.timeoutMs).toBeGreaterThanOrEqual(200);
        // Of eight values none is further than √7 σ from their mean.
        expect(trips.timeoutMs).toBeGreaterThanOrEqual(Math.max(...all) - 1e-6);
      }),
    );
  });

  it('doubles with every miss up to 5 s, so that a server that became slow is found slow and not dead for ever', () => {
    const target = healthy();
    const timeouts = [target.timeoutMs];
    for (let i = 0; i < 6; i++) {
      target.accept(MISSED);
      timeouts.push(target.timeoutMs);
    }
    expect(timeouts).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
    target.accept(answered(900));
    expect(target.timeoutMs).toBeGreaterThan(900);
  });

  it('stays what somebody set', () => {
    const target = pulse(1000, 70);
    for (let i = 0; i < 20; i++) target.accept(i % 3 === 0 ? MISSED : answered(5));
    expect(target.timeoutMs).toBe(70);
  });
});

describe('a target that misses', () => {
  it('is suspect after two in a row, and one compensating probe is sent at once', () => {
    const target = healthy();
    expect(target.accept(MISSED).compensate).toBe(false);
    expect(target.suspect).toBe(false);
    expect(target.accept(MISSED).compensate).toBe(true);
    expect(target.suspect).toBe(true);
    expect(target.accept(MISSED).compensate).toBe(false);
  });

  it('is dead when the compensating one misses, too', () => {
    const target = healthy();
    for (let i = 0; i < 2; i++) target.accept(MISSED);
    expect(target.health).not.toBe('dead');
    target.accept(MISSED);
    expect(target.health).toBe('dead');
    expect(target.suspect).toBe(false);
  });

  it('is forgiven two lost probes when the third is answered', () => {
    const target = healthy();
    for (const beat of [MISSED, MISSED, answered(10)]) target.accept(beat);
    expect(target.health).not.toBe('dead');
    expect(target.suspect).toBe(false);
    expect(target.misses).toBe(0);
  });

  it('is asked less and less often, from its interval to 5 s at most', () => {
    const target = pulse(500);
    expect([1, 2, 3, 4, 5, 6].map(() => target.accept(MISSED).nextMs)).toEqual([1000, 2000, 4000, 5000, 5000, 5000]);
    expect(target.accept(answered(1)).nextMs).toBe(500);
  });

  it('is asked as often as ever where its interval is longer than that', () => {
    expect(pulse(10_000).accept(MISSED).nextMs).toBe(10_000);
  });
});

describe('health', () => {
  it('takes its first word from the first attempt', () => {
    const target = pulse();
    expect(target.health).toBe('new');
    target.accept(answered(10));
    expect(target.health).toBe('healthy');
  });

  it('does not move for one slow answer, and goes one step down for two', () => {
    const target = healthy();
    target.accept(answered(100));
    expect(target.health).toBe('healthy');
    target.accept(answered(100));
    expect(target.health).toBe('jittering');
  });

  it('comes back from the dead one step at a time, three good answers each', () => {
    const target = healthy();
    for (let i = 0; i < 3; i++) target.accept(MISSED);
    const seen = Array.from({ length: 20 }, () => {
      target.accept(answered(10));
      return target.health;
    });
    expect(seen.slice(0, 3)).toEqual(['dead', 'dead', 'weak']);
    expect([...new Set(seen)]).toEqual(['dead', 'weak', 'jittering', 'healthy']);
  });

  it('stays down where good and bad take turns', () => {
    const target = healthy();
    for (let i = 0; i < 40; i++) target.accept(i % 2 === 0 ? MISSED : answered(10));
    expect(target.health).toBe('weak');
  });
});

describe('a grade', () => {
  it('is healthy under 50 ms and clean, degraded to 200 ms or two retransmissions, unhealthy beyond', () => {
    expect(gradeOf(49.9, 0)).toBe('healthy');
    expect(gradeOf(49.9, null)).toBe('healthy');
    expect(gradeOf(50, 0)).toBe('degraded');
    expect(gradeOf(1, 1)).toBe('degraded');
    expect(gradeOf(200, 2)).toBe('degraded');
    expect(gradeOf(201, 0)).toBe('unhealthy');
    expect(gradeOf(1, 3)).toBe('unhealthy');
  });
});

describe('the kernel’s word, which comes after the beat', () => {
  it('regrades it: a round trip that was quick and sent again is not healthy', () => {
    const target = healthy();
    for (let i = 0; i < 2; i++) {
      target.accept(answered(10));
      expect(target.health).toBe('healthy');
      target.sentAgain(1);
    }
    expect(target.health).toBe('jittering');
  });

  it('changes nothing where nothing was sent again, however often it is said', () => {
    const [told, untold] = [healthy(), healthy()];
    for (const ms of [10, 120, 120, 10, 10, 10]) {
      told.accept(answered(ms));
      untold.accept(answered(ms));
      told.sentAgain(0);
      told.sentAgain(0);
      expect(told.health).toBe(untold.health);
    }
  });
});
