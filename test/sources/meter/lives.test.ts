import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lives } from '../../../src/sources/meter/lives.ts';

describe('a total over successive processes', () => {
  it('goes on where the one before ended, also where the new one is read late and has more', () => {
    const lives = new Lives();
    expect(lives.total).toBe(0);
    lives.read('100 5000', 3);
    lives.read('200 6000', 1);
    expect(lives.total).toBe(4);
    lives.read('300 7000', 9);
    expect(lives.total).toBe(13);
  });

  it('knows a pid that was given again by when the process began', () => {
    const lives = new Lives();
    lives.read('100 5000', 3);
    lives.read('100 9000', 4);
    expect(lives.total).toBe(7);
  });

  it('never becomes smaller, whatever is read: the kernel scales ticks and may take one back', () => {
    const reading = fc.record({ identity: fc.constantFrom('a', 'b', 'c'), amount: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        const lives = new Lives();
        let before = 0;
        for (const { identity, amount } of readings) {
          lives.read(identity, amount);
          expect(lives.total).toBeGreaterThanOrEqual(before);
          before = lives.total;
        }
      }),
    );
  });
});
