import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventRing } from '../../../src/viewer/model/event-ring.ts';

describe('EventRing', () => {
  it('gives the newest first and forgets the oldest once it is full', () => {
    const ring = new EventRing<number>(3);
    for (const item of [1, 2, 3, 4, 5]) ring.push(item);
    expect([ring.at(0), ring.at(1), ring.at(2), ring.at(3)]).toEqual([5, 4, 3, undefined]);
    expect(ring.newestFirst()).toEqual([5, 4, 3]);
  });

  it('is a plain list cut to its capacity, whatever is pushed and cleared', () => {
    const steps = fc.array(fc.oneof({ weight: 20, arbitrary: fc.nat() }, { weight: 1, arbitrary: fc.constant('clear' as const) }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), steps, (capacity, all) => {
        const ring = new EventRing<number>(capacity);
        let list: number[] = [];
        for (const step of all) {
          if (step === 'clear') ring.clear();
          else ring.push(step);
          list = step === 'clear' ? [] : [step, ...list].slice(0, capacity);
        }
        expect(ring.newestFirst()).toEqual(list);
        expect(list.map((_, age) => ring.at(age))).toEqual(list);
        expect(ring.length).toBe(list.length);
      }),
    );
  });
});
