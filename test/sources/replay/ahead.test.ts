import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ahead } from '../../../src/sources/replay/ahead.ts';

/** Numbers up to `count`, with what became of their source. */
function numbers(
  count: number,
  fault = Number.POSITIVE_INFINITY,
): { items: AsyncGenerator<number>; readonly begun: number; readonly ended: boolean } {
  let begun = 0;
  let ended = false;
  async function* items(): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= count; n++) {
        begun = n;
        await turn();
        if (n === fault) throw new Error(`fault at ${n}`);
        yield n;
      }
    } finally {
      ended = true;
    }
  }
  return {
    items: items(),
    get begun() {
      return begun;
    },
    get ended() {
      return ended;
    },
  };
}

describe('reading ahead', () => {
  it('gives the same items, with one under way while another is worked on, and never two', async () => {
    const source = numbers(5);
    const given: number[] = [];
    for await (const n of ahead(source.items)) {
      expect(source.begun).toBe(Math.min(5, n + 1));
      given.push(n);
    }
    expect(given).toEqual([1, 2, 3, 4, 5]);
    expect(source.ended).toBe(true);
  });

  it('tells a fault in its turn, after all that came before it', async () => {
    const given: number[] = [];
    const read = async (): Promise<void> => {
      for await (const n of ahead(numbers(5, 3).items)) {
        await turn();
        await turn();
        given.push(n);
      }
    };
    await expect(read()).rejects.toThrow('fault at 3');
    expect(given).toEqual([1, 2]);
  });

  it('ends its source with it, also where the next is a fault that nobody comes for', async () => {
    for (const fault of [2, 5]) {
      const source = numbers(5, fault);
      for await (const _ of ahead(source.items)) break;
      expect(source.ended).toBe(true);
    }
  });
});
