import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SynopticError } from '../../src/core/model/errors.ts';
import { Random } from './random.ts';
import { fuzz } from './round.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';
import { grown, told } from './told.ts';

/** A few seconds in all; scripts/fuzz gives each its millions. */
const INPUTS: Readonly<Record<string, number>> = { lines: 10_000, core: 2000, filter: 5000, message: 5000, frames: 2000 };
const FEW = 200;
const SEED = 20_261_121;

describe('whatever others have written', { timeout: 60_000 }, () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s: is taken or refused with a code, and never crashes',
    async (name, target) => {
      const inputs = INPUTS[name] ?? FEW;
      const round = await fuzz(target, { seed: SEED, inputs });
      expect(round.crashes).toEqual([]);
      expect(Object.values(round.outcomes).reduce((sum, times) => sum + times, 0)).toBe(inputs);
      // A generator that is refused always, or never, tries nothing.
      expect(round.outcomes['accepted']).toBeGreaterThan(0);
      expect(Object.keys(round.outcomes).length).toBeGreaterThan(1);
    },
  );
});

describe('the generator', { timeout: 60_000 }, () => {
  it('makes the same input of the same seed and number, whatever it made before, and others of others', async () => {
    for (const target of TARGETS) {
      const reader = await target.open();
      const made = (seed: number) => Array.from({ length: 20 }, (_, input) => String(reader.make(new Random(seed, input))));
      const first = made(1);
      expect(made(2)).not.toEqual(first);
      expect([target.name, made(1)]).toEqual([target.name, first]);
      await reader[Symbol.asyncDispose]?.();
    }
  });
});

describe('a round', { timeout: 60_000 }, () => {
  const failing = (thrown: Error): Target => ({
    ...{ name: 'failing', about: '', thousands: 1 },
    open: () => ({
      make: (random) => `input ${random.below(1000)}`,
      read: () => {
        throw thrown;
      },
    }),
  });

  it('counts refusals by their code', async () => {
    const round = await fuzz(failing(new SynopticError('FILTER_SYNTAX', '')), { seed: 1, inputs: 30 });
    expect([round.outcomes, round.crashes]).toEqual([{ FILTER_SYNTAX: 30 }, []]);
  });

  it('tells a crash with its input, and has enough after five', async () => {
    const round = await fuzz(failing(new TypeError('it is not a function')), { seed: 1, inputs: 30, from: 7 });
    expect([round.inputs, round.crashes.map(({ input }) => input)]).toEqual([5, [7, 8, 9, 10, 11]]);
    expect(told(round)).toMatch(/CRASH at input 7: "input \d+"\n +TypeError: it is not a function/);
  });

  it('tells growth from what a collector has left over', async () => {
    const round = await fuzz(failing(new SynopticError('USAGE', '')), { seed: 1, inputs: 1 });
    expect(grown({ ...round, heapMb: { before: 40, after: 50 } })).toBe(false);
    expect(grown({ ...round, heapMb: { before: 40, after: 60 } })).toBe(true);
  });
});

describe('scripts/fuzz', () => {
  it('prints its own manual, in which every target has its line', () => {
    const manual = execFileSync(fileURLToPath(new URL('../../scripts/fuzz', import.meta.url)), ['--help'], { encoding: 'utf8' });
    for (const { name } of TARGETS) expect(manual).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});
