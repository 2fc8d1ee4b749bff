import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderBuffer } from '../../../src/core/track/order.ts';

describe('the order buffer', () => {
  interface Item {
    readonly ns: number;
    readonly id: number;
  }
  const steps = fc.array(fc.record({ ns: fc.nat(200), wait: fc.nat(30) }), { maxLength: 60 });

  it('loses and doubles nothing, sorts each release, and counts exactly those that come after a later one has left', () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (list, hold) => {
        const buffer = new OrderBuffer<Item>({ holdNs: hold });
        const out: Item[] = [];
        let now = 0;
        let late = 0;
        for (const [id, { ns, wait }] of list.entries()) {
          if (out.some((item) => item.ns > ns)) late++;
          buffer.push({ ns, id }, now);
          now += wait;
          const left = buffer.release(now);
          const limit = now - buffer.holdNs;
          expect(left.every((item, at) => item.ns <= limit && (at === 0 || item.ns >= (left[at - 1]?.ns ?? 0)))).toBe(true);
          out.push(...left);
          expect(out.length + buffer.size).toBe(id + 1);
        }
        out.push(...buffer.flush());
        expect(buffer.size).toBe(0);
        expect(buffer.late).toBe(late);
        expect(out.map(({ id }) => id).sort((a, b) => a - b)).toEqual(list.map((_, id) => id));
        if (late === 0) expect(out.every((item, at) => at === 0 || item.ns >= (out[at - 1]?.ns ?? 0))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('merges the runs of several CPUs, emptied one after the other, into what a sort of them all gives', () => {
    const cpu = fc.record({ period: fc.integer({ min: 1, max: 50 }), times: fc.array(fc.nat(600), { maxLength: 80 }) });
    fc.assert(
      fc.property(fc.array(cpu, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 60 }), (cpus, every) => {
        // What a CPU has seen comes in one run when its buffer is emptied, so nothing is delayed by more than a period.
        const arrivals = cpus
          .flatMap(({ period, times }, index) =>
            times.toSorted((a, b) => a - b).map((ns) => ({ ns, index, atNs: Math.ceil((ns + 1) / period) * period })),
          )
          .sort((a, b) => a.atNs - b.atNs || a.index - b.index)
          .map((arrival, id) => ({ ...arrival, id }));
        const buffer = new OrderBuffer<Item>({ holdNs: 51 });
        const out: Item[] = [];
        for (const [at, { ns, id, atNs }] of arrivals.entries()) {
          buffer.push({ ns, id }, atNs);
          if (at % every === 0) out.push(...buffer.release(atNs));
        }
        out.push(...buffer.flush());
        expect(buffer.late).toBe(0);
        expect(out.map(({ id }) => id)).toEqual(arrivals.toSorted((a, b) => a.ns - b.ns).map(({ id }) => id));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves what happened at the same time in the order of its coming', () => {
    const buffer = new OrderBuffer<{ ns: number; id: string }>({ holdNs: 0 });
    for (const id of ['a', 'b', 'c']) buffer.push({ ns: id === 'c' ? 4 : 5, id }, 5);
    expect(buffer.flush().map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    // Also where some wait already, and what comes must go between them.
    for (const [ns, id] of [
      [10, 'd'],
      [20, 'e'],
    ] as const)
      buffer.push({ ns, id }, 20);
    expect(buffer.release(9)).toEqual([]);
    for (const [ns, id] of [
      [20, 'f'],
      [10, 'g'],
      [20, 'h'],
    ] as const)
      buffer.push({ ns, id }, 20);
    expect(buffer.flush().map(({ id }) => id)).toEqual(['d', 'g', 'e', 'f', 'h']);
  });

  it('waits a quarter longer than the longest delay, and no longer than it must once delays get shorter', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 20e6 });
    buffer.push({ ns: 1e9 }, 1.01e9);
    expect(buffer.holdNs).toBe(20e6);
    buffer.push({ ns: 1e9 }, 1.2e9);
    expect(buffer.holdNs).toBe(250e6);
    expect(buffer.release(1.24e9)).toEqual([]);
    expect(buffer.release(1.2501e9)).toHaveLength(2);
    buffer.push({ ns: 2.2e9 }, 2.2e9);
    // Half as long after a second.
    expect(buffer.release(2.2e9)).toEqual([]);
    expect(buffer.holdNs).toBeCloseTo(125e6, -3);
    buffer.release(3.2e9);
    expect(buffer.holdNs).toBeCloseTo(62.5e6, -3);
    buffer.release(60e9);
    expect(buffer.holdNs).toBe(20e6);
    // However far behind somebody is, order is worth a second.
    buffer.push({ ns: 1e9 }, 61e9);
    expect(buffer.holdNs).toBe(1e9);
  });

  it('waits the whole time after a silence too: what is learnt of a delay now has not shrunk before', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 20e6 });
    buffer.release(1e9);
    // Two CPUs' buffers, emptied one after the other after 0.6 s in which nothing was read.
    for (const ns of [1.1e9, 1.5e9]) buffer.push({ ns }, 1.6e9);
    expect(buffer.release(1.6e9)).toEqual([]);
    for (const ns of [1.05e9, 1.3e9]) buffer.push({ ns }, 1.61e9);
    expect([buffer.late, buffer.flush().map(({ ns }) => ns)]).toEqual([0, [1.05e9, 1.1e9, 1.3e9, 1.5e9]]);
  });

  it('does not wait for what comes from the future', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 20e6 });
    buffer.push({ ns: 5e9 }, 1e9);
    expect(buffer.holdNs).toBe(20e6);
    expect(buffer.release(5e9)).toEqual([]);
    expect(buffer.release(5.02e9)).toHaveLength(1);
  });

  it('lets nothing out beyond what the turns have brought, however long the one after a pause takes to come', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 15e6 });
    buffer.turned(1e9);
    buffer.push({ ns: 1.002e9 }, 1.005e9);
    buffer.turned(1.004e9);
    expect(buffer.release(1.02e9)).toEqual([{ ns: 1.002e9 }]);
    // One processor's records come first, and hardly late; the wait has taught nothing of the other's, 80 ms old, in the next piece.
    buffer.push({ ns: 1.1e9 }, 1.101e9);
    expect(buffer.release(1.12e9)).toEqual([]);
    buffer.push({ ns: 1.021e9 }, 1.121e9);
    expect(buffer.release(1.3e9)).toEqual([]);
    buffer.turned(1.1005e9);
    expect(buffer.release(1.3e9)).toEqual([{ ns: 1.021e9 }, { ns: 1.1e9 }]);
    expect(buffer.late).toBe(0);
  });

  it('gives a turn that does not end a second, and our own samples no turn to wait for', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 15e6 });
    buffer.turned(1e9);
    buffer.place({ ns: 1.5e9 });
    expect(buffer.release(1.52e9)).toEqual([{ ns: 1.5e9 }]);
    buffer.push({ ns: 1.6e9 }, 1.601e9);
    expect(buffer.release(2.6e9)).toEqual([]);
    expect(buffer.release(2.602e9)).toEqual([{ ns: 1.6e9 }]);
    buffer.push({ ns: 3e9 }, 3e9);
    buffer.restart();
    expect(buffer.release(3.02e9)).toEqual([{ ns: 3e9 }]);
  });

  it('gives up a turn in which nothing more comes, too: what came within the one before it is not held for ever', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 15e6 });
    // Printed beside the turn, while it ran: its end does not speak of it.
    buffer.push({ ns: 1.001e9 }, 1.002e9);
    buffer.turned(1e9);
    expect(buffer.release(1.1e9)).toEqual([]);
    expect(buffer.release(2.05e9)).toEqual([]);
    expect(buffer.release(2.2e9)).toEqual([{ ns: 1.001e9 }]);
  });

  it('does not call late what only our own samples have overtaken', () => {
    const buffer = new OrderBuffer<{ ns: number; own?: true }>({ holdNs: 15e6, isOwn: ({ own }) => own === true });
    buffer.turned(1e9);
    buffer.place({ ns: 1.01e9, own: true });
    expect(buffer.release(1.026e9)).toHaveLength(1);
    buffer.push({ ns: 1.005e9 }, 1.06e9);
    expect(buffer.late).toBe(0);
    buffer.turned(1.06e9);
    expect(buffer.release(1.2e9)).toHaveLength(1);
    buffer.push({ ns: 1.004e9 }, 1.2e9);
    expect(buffer.late).toBe(1);
  });

  it('gives up a turn by how long it has not ended, not by how old what it brings is', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 15e6 });
    buffer.turned(1e9);
    // Nobody read for two seconds: the pieces of one turn, each ring's records behind the other's.
    buffer.push({ ns: 1.104e9 }, 3.2e9);
    expect(buffer.release(3.2e9)).toEqual([]);
    buffer.push({ ns: 1.101e9 }, 3.2005e9);
    buffer.turned(1.105e9);
    expect(buffer.release(3.2005e9).map(({ ns }) => ns)).toEqual([1.101e9, 1.104e9]);
    expect(buffer.late).toBe(0);
  });

  it('puts what waited in two rings, printed in turns and read after any pauses in pieces of any length, into its order', () => {
    const moments = fc.array(fc.record({ ns: fc.integer({ min: 1, max: 2000 }), ring: fc.nat(1) }), { maxLength: 120 });
    const pauses = fc.infiniteStream(fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(moments, pauses, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 }), (list, pause, share, piece) => {
        const rings = [0, 1].map((ring) =>
          list
            .filter((item) => item.ring === ring)
            .map(({ ns }) => ns)
            .toSorted((a, b) => a - b),
        );
        const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 5 });
        const out: number[] = [];
        let now = 0;
        let lines = 0;
        const read = () => {
          if (++lines % piece === 0) out.push(...buffer.release(now).map(({ ns }) => ns));
        };
        while (rings.some((ring) => ring.length > 0)) {
          now += pause.next().value;
          let until = now;
          for (const ring of rings) {
            for (let n = 0; n < share && (ring[0] ?? now) < now; n++) {
              buffer.push({ ns: ring.shift() ?? 0 }, now);
              read();
            }
            until = Math.min(until, ring[0] ?? until);
          }
          buffer.turned(until);
          read();
        }
        out.push(...buffer.flush().map(({ ns }) => ns));
        expect(buffer.late).toBe(0);
        expect(out).toEqual(list.map(({ ns }) => ns).toSorted((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  it('counts what comes too late, lets it go at once, and waits longer from then on', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 20e6 });
    buffer.push({ ns: 1e9 }, 1e9);
    expect(buffer.release(1.1e9)).toHaveLength(1);
    buffer.push({ ns: 0.9e9 }, 1.1e9);
    expect(buffer.late).toBe(1);
    expect(buffer.release(1.151e9)).toEqual([{ ns: 0.9e9 }]);
    buffer.push({ ns: 0.95e9 }, 1.151e9);
    expect([buffer.late, buffer.holdNs > 240e6]).toEqual([2, true]);
  });

  it('forgets at a restart what it learnt of delays, and nothing that waits', () => {
    const buffer = new OrderBuffer<{ ns: number }>({ holdNs: 20e6 });
    buffer.push({ ns: 1e9 }, 1.4e9);
    buffer.restart();
    expect([buffer.holdNs, buffer.size]).toEqual([20e6, 1]);
    expect(buffer.release(1.4e9)).toEqual([{ ns: 1e9 }]);
  });
});
