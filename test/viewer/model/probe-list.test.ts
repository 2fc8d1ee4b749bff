import { describe, expect, it } from 'vitest';
import type { ProbeWire } from '../../../src/formats/probe.ts';
import { ProbeRow } from '../../../src/formats/probes.ts';
import { MARKS, ProbeList } from '../../../src/viewer/model/probe-list.ts';
import { attempt, WHOLE } from './attempts.ts';

const row = (target: string, health: ProbeRow['health'] = 'healthy'): ProbeRow =>
  ProbeRow.parse({
    ...{ id: 1, target, protocol: 'tcp', everyMs: 1000, health, suspect: false, misses: 0, attempts: 3, failures: 0, last: null },
    ...{ roundTripMs: { mean: null, max: null }, synRetransmits: 0, connections: { opened: 0, reused: 0, closed: 0 } },
  });

const told = (target: string, number: number, health: ProbeRow['health'], more: Partial<ProbeWire> = {}): ProbeWire => ({
  ...attempt(WHOLE, null, { target, attempt: number }),
  standing: { health, suspect: false, misses: 0 },
  ...more,
});

describe('the targets', () => {
  it('stand as their last attempt left them, those in trouble first', () => {
    const list = new ProbeList();
    list.reset([row('a'), row('b'), row('c', 'weak')]);
    list.take(told('b', 4, 'dead'));
    expect(list.worstFirst.map(({ target, health }) => [target, health])).toEqual([
      ['b', 'dead'],
      ['c', 'weak'],
      ['a', 'healthy'],
    ]);
  });

  it('is told more about one attempt without another mark for it', () => {
    const list = new ProbeList();
    list.reset([row('a')]);
    list.take(told('a', 1, 'healthy'));
    list.take(told('a', 1, 'healthy', { update: 'lingering', mismatch: 'lingering' }));
    expect(list.get('a')?.marks.map(({ attempt: number, mismatch }) => [number, mismatch])).toEqual([[1, 'lingering']]);
  });

  it('is not set back by news of an older attempt', () => {
    const list = new ProbeList();
    list.take(told('a', 5, 'dead'));
    list.take(told('a', 4, 'healthy', { update: 'gone' }));
    expect(list.get('a')).toMatchObject({ health: 'dead', last: { attempt: 5 } });
    expect(list.get('a')?.marks.map(({ attempt: number }) => number)).toEqual([4, 5]);
  });

  it('takes earlier attempts in their order, and keeps no more marks than it draws', () => {
    const list = new ProbeList();
    list.reset([row('a')]);
    list.take(told('a', 200, 'healthy'));
    list.fill(
      'a',
      Array.from({ length: 100 }, (_, index) => told('a', 199 - index, 'healthy')),
    );
    const numbers = list.get('a')?.marks.map(({ attempt: number }) => number) ?? [];
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([MARKS, 200 - MARKS + 1, 200]);
    expect(list.get('a')?.last?.attempt).toBe(200);
  });

  it('forgets a target that the next snapshot does not have, and keeps the marks of those that stay', () => {
    const list = new ProbeList();
    list.reset([row('a'), row('b')]);
    list.take(told('a', 1, 'healthy'));
    list.reset([row('a')]);
    expect([list.size, list.get('b'), list.get('a')?.marks.length]).toEqual([1, null, 1]);
    list.reset(undefined);
    expect([list.told, list.size]).toEqual([false, 0]);
  });

  it('keeps whole attempts of the target that is watched, each as it was told last, and of no other', () => {
    const list = new ProbeList();
    list.reset([row('a'), row('b')]);
    list.take(told('a', 1, 'healthy'));
    list.watch('a');
    list.take(told('b', 7, 'healthy'));
    list.take(told('a', 3, 'healthy', { seq: 30 }));
    list.take(told('a', 2, 'healthy', { seq: 31, update: 'gone' }));
    // The service's list was made before that update.
    list.fill('a', [told('a', 2, 'healthy', { seq: 20 }), told('a', 1, 'healthy')]);
    expect(list.attempts.map(({ attempt: number, update }) => [number, update])).toEqual([
      [1, null],
      [2, 'gone'],
      [3, null],
    ]);
    list.unwatch();
    expect(list.attempts).toEqual([]);
  });
});
