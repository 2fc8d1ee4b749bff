import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chain, type Link } from '../../../src/core/track/chain.ts';

interface Ring extends Link<Ring> {
  readonly name: number;
}

const ring = (name: number): Ring => ({ name, older: null, newer: null });
const names = (chain: Chain<Ring>) => [...chain].map(({ name }) => name);

describe('a chain', () => {
  it('keeps the order of a list, whatever is added and taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('add' as const), fc.nat(20))), (steps) => {
        const chain = new Chain<Ring>();
        const list: Ring[] = [];
        for (const [index, step] of steps.entries()) {
          if (step === 'add') {
            const one = ring(index);
            chain.add(one);
            list.push(one);
          } else {
            const [one] = list.splice(step % Math.max(1, list.length), 1);
            if (one !== undefined) chain.remove(one);
          }
          expect(names(chain)).toEqual(list.map(({ name }) => name));
          expect([chain.size, chain.oldest]).toEqual([list.length, list[0] ?? null]);
        }
      }),
    );
  });

  it('gives a slow walk all that stay, each once, though what comes next goes and others come', () => {
    const chain = new Chain<Ring>();
    const rings = Array.from({ length: 6 }, (_, name) => ring(name));
    for (const one of rings) chain.add(one);
    const walked: number[] = [];
    for (const { name } of chain) {
      walked.push(name);
      if (name !== 1) continue;
      for (const gone of rings.slice(1, 4)) chain.remove(gone);
      chain.add(ring(6));
    }
    expect(walked).toEqual([0, 1, 4, 5, 6]);
    expect(names(chain)).toEqual([0, 4, 5, 6]);
  });
});
