import { expect, it } from 'vitest';
import { Newcomers } from '../../../src/sources/samples/newcomers.ts';

const asked = (...last: (number | null)[]) => {
  const newcomers = new Newcomers();
  return last.map((pid) => newcomers.mayHaveCome(pid));
};

it('may have come when a process has begun, and with the next turn: it may leave for a namespace of its own only then', () => {
  expect(asked(7, 7, 7, 7, 8, 8, 8)).toEqual([true, true, false, false, true, true, false]);
});

it('may always have come where processes begin all the time, and where nothing tells', () => {
  expect(asked(7, 8, 9, 10)).toEqual([true, true, true, true]);
  expect(asked(null, null, null)).toEqual([true, true, true]);
  expect(asked(7, 7, 7, null, 7, 7, 7)).toEqual([true, true, false, true, true, true, false]);
});
