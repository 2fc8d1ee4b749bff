import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Chain, type Link } from '../../../src/core/track/chain.ts';
import { PointerIndex } from '../../../src/core/track/pointer-index.ts';
import { TupleIndex } from '../../../src/core/track/tuple-index.ts';

const tuple = fc.record({
  netns: fc.constantFrom(null, 1, 2),
  laddr: fc.constantFrom('10.0.0.1', '::1'),
  lport: fc.nat(40),
  raddr: fc.constantFrom('10.0.0.2', '10.0.0.1'),
  rport: fc.constantFrom(0, 80),
});
const step = <T>(item: fc.Arbitrary<T>) => fc.record({ item, put: fc.integer({ min: 0, max: 9 }).map((chance) => chance < 7) });

it('the index by four-tuple finds what a Map would find, however many come and go', () => {
  fc.assert(
    fc.property(fc.array(step(tuple), { maxLength: 400, size: 'max' }), (steps) => {
      const index = new TupleIndex<(typeof steps)[number]['item']>();
      const map = new Map<string, (typeof steps)[number]['item']>();
      for (const { item, put } of steps) {
        const key = JSON.stringify(item);
        if (put) {
          expect(index.set(item)).toBe(map.get(key));
          map.set(key, item);
        } else {
          const known = map.get(key);
          // Another with the same four-tuple is not this very item.
          expect(index.delete({ ...item })).toBe(false);
          if (known !== undefined) expect(index.delete(known)).toBe(true);
          map.delete(key);
        }
        expect(index.size).toBe(map.size);
      }
      for (const { item } of steps) expect(index.get(item.netns, item)).toBe(map.get(JSON.stringify(item)));
    }),
    { numRuns: 100 },
  );
});

it('the index by pointer finds what a Map would find, however many come and go', () => {
  const pointer = fc.integer({ min: 1, max: 150 }).map((slot) => ({ skaddr: 0xf888102aa0000 + slot * 2368 }));
  fc.assert(
    fc.property(fc.array(step(pointer), { maxLength: 400, size: 'max' }), (steps) => {
      const index = new PointerIndex<{ skaddr: number }>();
      const map = new Map<number, { skaddr: number }>();
      for (const { item, put } of steps) {
        if (put) {
          index.set(item);
          map.set(item.skaddr, item);
        } else {
          const known = map.get(item.skaddr);
          expect(index.delete({ ...item })).toBe(false);
          if (known !== undefined) expect(index.delete(known)).toBe(true);
          map.delete(item.skaddr);
        }
        expect(index.size).toBe(map.size);
      }
      for (const { item } of steps) expect(index.get(item.skaddr)).toBe(map.get(item.skaddr));
    }),
    { numRuns: 100 },
  );
});

it('a chain keeps the order of adding, whatever is taken out, also of what is just being looked at', () => {
  interface Ring extends Link<Ring> {
    readonly id: number;
  }
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }), (ids, goes) => {
      const chain = new Chain<Ring>();
      const rings = Array.from({ length: 21 }, (_, id): Ring => ({ id, older: null, newer: null }));
      const order = new Set<Ring>();
      for (const id of ids) {
        const ring = rings[id];
        if (ring === undefined) continue;
        // Twice the same one: out, as a socket that closes.
        if (order.delete(ring)) chain.remove(ring);
        else {
          chain.add(ring);
          order.add(ring);
        }
        expect([chain.size, chain.oldest]).toEqual([order.size, [...order][0] ?? null]);
      }
      const seen: number[] = [];
      for (const ring of chain) {
        seen.push(ring.id);
        if (goes[ring.id] === true) chain.remove(ring);
      }
      expect(seen).toEqual([...order].map(({ id }) => id));
      expect([...chain].map(({ id }) => id)).toEqual(seen.filter((id) => goes[id] !== true));
    }),
    { numRuns: 200 },
  );
});
