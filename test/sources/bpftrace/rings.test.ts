import { describe, expect, it } from 'vitest';
import { mayWait, NO_RINGS, ringsFor } from '../../../src/sources/bpftrace/rings.ts';

/** A map of bpftrace's has so many keys. */
const KEYS = 4096;

describe('the rings in which transitions wait', () => {
  it.each([1, 2, 3, 4, 7, 8, 16, 17, 24, 64])('of %i processors fit in one map, and each turn finds some of each', (processors) => {
    const { rings, slots, turn } = ringsFor(processors, 'x64');
    expect(rings).toBe(processors);
    expect(rings * slots).toBeLessThanOrEqual(KEYS);
    expect(Math.log2(slots) % 1).toBe(0);
    expect(turn).toBeGreaterThanOrEqual(1);
    // A slot is found by masking: a turn that took more than there are would print some twice.
    expect(turn).toBeLessThanOrEqual(slots);
    // What waits is out after two turns.
    expect(slots).toBeLessThanOrEqual(2 * turn);
  });

  it('take 60,000 transitions a second of one busy processor out of two, a turn of 5 ms each', () => {
    expect(ringsFor(2, 'x64').turn * 200).toBeGreaterThan(60_000);
  });

  it('leave the processors beyond the 64th to print at once, and the verifier within a million instructions', () => {
    expect(ringsFor(256, 'x64')).toEqual(ringsFor(64, 'x64'));
    for (const processors of [1, 2, 4, 8, 16, 32, 64]) {
      const { rings, turn } = ringsFor(processors, 'x64');
      expect(rings * turn * 720).toBeLessThan(1_000_000);
    }
  });

  it('are none where a processor may see a number before the record it counts', () => {
    expect(ringsFor(4, 'arm64')).toBe(NO_RINGS);
    expect(NO_RINGS.rings).toBe(0);
  });

  it('are not used where two records of one moment would come apart, or in one place', () => {
    const may = (scripts: string[], bpftrace: string, kernel = '6.12.1') => mayWait({ scripts, bpftrace, kernel });
    expect([may(['sock-state'], '0.17.0'), may(['sock-state', 'time-wait-kprobe'], '0.23.2')]).toEqual([true, true]);
    expect(may(['sock-state', 'time-wait-kprobe'], '0.17.0')).toBe(false);
    expect([may(['sock-state-raw'], '0.23.2', '5.10.0-32'), may(['sock-state-raw'], '0.23.2', '6.1.0-50')]).toEqual([false, true]);
    expect([may(['sock-state-raw', 'drop'], '0.23.2'), may(['sock-state', 'drop'], '0.23.2')]).toEqual([false, true]);
  });
});
