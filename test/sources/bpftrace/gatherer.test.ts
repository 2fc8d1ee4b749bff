import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Gatherer } from '../../../src/sources/bpftrace/gatherer.ts';

let taken: string[];
let gatherer: Gatherer;

beforeEach(() => {
  vi.useFakeTimers();
  taken = [];
  gatherer = new Gatherer({ take: (text) => taken.push(text) });
});

afterEach(() => {
  vi.useRealTimers();
});

test('hands on at once what comes after quiet: its process may be short', () => {
  gatherer.add('S 1\n');
  expect(taken).toEqual(['S 1\n']);
  vi.advanceTimersByTime(10);
  gatherer.add('S 2\n');
  expect(taken).toEqual(['S 1\n', 'S 2\n']);
});

test('hands on together, in order, what comes within ten milliseconds', () => {
  for (const piece of ['S 1\n', 'S 2', '\nS ', '3\n']) gatherer.add(piece);
  expect(taken).toEqual(['S 1\n']);
  vi.advanceTimersByTime(9);
  expect(taken).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(taken).toEqual(['S 1\n', 'S 2\nS 3\n']);
});

test('waits for nothing where there is much to do', () => {
  const much = 'S 1\n'.repeat(8192);
  gatherer.add('S 0\n');
  gatherer.add(much);
  expect(taken).toEqual(['S 0\n', much]);
});

test('hands on what waits before something else is told, once', () => {
  gatherer.add('S 1\n');
  gatherer.add('S 2\n');
  gatherer.flush();
  gatherer.flush();
  vi.advanceTimersByTime(100);
  expect(taken).toEqual(['S 1\n', 'S 2\n']);
  gatherer.add('S 3\n');
  expect(taken.at(-1)).toBe('S 3\n');
});
