import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderBuffer } from '../../../src/core/track/order.ts';

describe('the order buffer, where what has come waits to be read', () => {
  interface Item {
    readonly ns: number;
    readonly id: number;
  }

  it('takes no time for a delay that what came may have waited to be read in, and lets nothing out that a later reading could precede', () => {
    const come = fc.record({ ns: fc.nat(3000), delay: fc.nat(40) });
    fc.assert(
      fc.property(
        fc.array(come, { maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 60 }),
        fc.nat(99),
        (list, gaps, peep) => {
          // Read whenever so long has passed; between two readings others have things let out, too.
          const buffer = new OrderBuffer<Item>({ holdNs: 50, turnNs: 100 });
          const items = list.map(({ ns, delay }, id) => ({ ns, id, atNs: ns + delay }));
          const out: Item[] = [];
          let before = -1;
          buffer.read(before);
          for (let now = 0, turn = 0; before < 3050; turn++) {
            now = before + (gaps[turn] ?? 100);
            out.push(...buffer.release(before + Math.min(peep, now - before - 1)));
            buffer.read(now);
            for (const item of items) if (item.atNs > before && item.atNs <= now) buffer.push({ ns: item.ns, id: item.id }, now);
            out.push(...buffer.release(now));
            before = now;
          }
          expect(buffer.holdNs).toBe(50);
          expect(out.every((item) => item.ns <= before - 50)).toBe(true);
          expect(buffer.release(before + 150).length + out.length).toBe(items.length);
          expect(buffer.late).toBe(0);
          expect(out.every((item, at) => at === 0 || item.ns >= (out[at - 1]?.ns ?? 0))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('lets out by a reading what is old enough, though it came only with that; by any other word a turn later', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 15e6, turnNs: 20e6 });
    buffer.read(1e9);
    buffer.read(1.02e9);
    for (const ns of [1.004e9, 1.006e9]) buffer.push({ ns }, 1.02e9);
    expect(buffer.release(1.02e9)).toEqual([{ ns: 1.004e9 }]);
    expect(buffer.release(1.0401e9)).toEqual([]);
    expect(buffer.dueNs).toBe(1.041e9);
    expect(buffer.release(1.0411e9)).toEqual([{ ns: 1.006e9 }]);
    // Nobody read for a second: what was not read by then may be older than all that was.
    buffer.push({ ns: 1.1e9 }, 1.11e9);
    expect(buffer.release(1.134e9)).toEqual([]);
    // What came a turn before it was read at the latest was 30 ms late.
    buffer.read(2e9);
    buffer.push({ ns: 1.95e9 }, 2e9);
    expect(buffer.holdNs).toBe(37.5e6);
  });

  it('lets nothing out by a reading that left some behind', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 15e6, turnNs: 20e6 });
    buffer.read(1e9);
    buffer.read(1.02e9, false);
    for (const ns of [1.001e9, 1.003e9]) buffer.push({ ns }, 1.02e9);
    expect(buffer.release(1.02e9)).toEqual([]);
    buffer.read(1.021e9);
    buffer.push({ ns: 1.002e9 }, 1.021e9);
    expect(buffer.release(1.021e9).map(({ ns }) => ns)).toEqual([1.001e9, 1.002e9, 1.003e9]);
    expect([buffer.late, buffer.holdNs]).toEqual([0, 15e6]);
  });
});
