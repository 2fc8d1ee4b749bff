import { expect, it } from 'vitest';
import type { Failure } from '../../../src/core/model/probe.ts';
import { attemptAt, laneOf, probeEventOf } from '../attempts.ts';
import { Observer } from './observer.ts';

const failure: Failure = { cause: 'silent', during: 'connect', code: null, words: '' };
/** The probe gave up after a second; its kernel was connected after half a millisecond, or never. */
const given = (at: number, established: boolean) =>
  probeEventOf(
    attemptAt({ called: 0, submitted: 1, done: 1000 }, { failure }),
    laneOf({ synSentNs: 1.001e9, establishedNs: established ? 1.0015e9 : null, synRetransmits: established ? 0 : 1 }),
    { ns: at * 1e9 },
  );
const alive = (at: number) =>
  probeEventOf(attemptAt({ called: 0, connected: 1, done: 2 }), laneOf({ establishedNs: 1.002e9 }), { ns: at * 1e9 });

it('tells at once that a target was taken for dead wrongly, and how long its kernel took', () => {
  const observer = new Observer('false-dead').tell(given(2, true));
  expect(observer.told).toEqual(['open 2 warning confirmed']);
  expect(observer.found[0]?.summary).toBe(
    'tcp://127.0.0.1:80 was taken for dead and is not: its kernel answered within 0.5 ms, the probing process was too busy to notice.',
  );
});

it('is over with the first attempt that is alive, or after a minute without another', () => {
  const by = new Observer('false-dead').tell(given(2, true), alive(3)).until(5);
  expect(by.told.at(-1)).toMatch(/^resolved/);
  const quiet = new Observer('false-dead').tell(given(2, true)).until(70);
  expect(quiet.told.at(-1)).toMatch(/^resolved 6/);
});

it('leaves targets alone that are really silent, and those told again', () => {
  expect(new Observer('false-dead').tell(given(2, false), given(3, false)).told).toEqual([]);
  expect(new Observer('false-dead').tell({ ...given(2, true), update: 'gone' }).told).toEqual([]);
});
