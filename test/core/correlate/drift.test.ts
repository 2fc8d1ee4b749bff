import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftOf } from '../../../src/core/correlate/drift.ts';
import type { PhaseDrift, ProbeAttempt } from '../../../src/core/model/probe.ts';
import { attemptAt, laneOf } from '../attempts.ts';

const at = (ms: number): number => 1e9 + ms * 1e6;
const CALM = { lastFreeNs: at(-1), lagNs: 0, stalls: [], gcPauses: [] };
const named = (attempt: ProbeAttempt, name: string, lane = laneOf(), errorNs: number | null = 0): PhaseDrift => {
  const found = driftOf(attempt, lane, errorNs).phases.find(({ phase }) => phase === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const pieces = ({ parts }: PhaseDrift): [string, number][] =>
  parts.map(({ cause, when, ns }) => [`${cause} ${when}`, Math.round(ns / 1000) / 1000]);

describe('drift at connect', () => {
  it('is what the loop took before the system call and after ESTABLISHED, told apart', () => {
    const attempt = attemptAt({ called: 0, connectCalled: 1, submitted: 11.5, connected: 20, done: 21 });
    const phase = named(attempt, 'connect', laneOf({ synSentNs: at(11), establishedNs: at(13) }));
    expect(phase).toMatchObject({ applicationNs: 19e6, kernelNs: 2e6, driftNs: 17e6, cause: 'event-loop' });
    expect(pieces(phase)).toEqual([
      ['event-loop before', 10],
      ['event-loop after', 7],
      ['network during', 2],
    ]);
  });

  it('gives the collector its share of both', () => {
    const loop = {
      ...CALM,
      gcPauses: [
        { fromNs: at(0), toNs: at(8) },
        { fromNs: at(14), toNs: at(15) },
      ],
    };
    const attempt = attemptAt({ called: 0, connectCalled: 1, connected: 20, done: 21 }, { loop });
    const phase = named(attempt, 'connect', laneOf({ synSentNs: at(9), establishedNs: at(14) }));
    expect(pieces(phase)).toEqual([
      ['gc before', 7],
      ['event-loop before', 1],
      ['gc after', 1],
      ['event-loop after', 5],
      ['network during', 5],
    ]);
    expect(phase.cause).toBe('gc');
  });

  it('names the wait for a SYN sent again inside the kernel’s span, which is no drift', () => {
    const resent = [{ ns: at(1002), what: 'syn', timer: 'rto', backoff: 1 } as const];
    const attempt = attemptAt({ called: 0, connectCalled: 1, connected: 1004, done: 1005 });
    const phase = named(attempt, 'connect', laneOf({ synSentNs: at(2), establishedNs: at(1003), resent }));
    expect(phase).toMatchObject({ kernelNs: 1001e6, driftNs: 2e6, cause: null });
    expect(pieces(phase)).toContainEqual(['syn-retransmission during', 1000]);
  });

  it('ends with the application where the kernel went on: a timeout is the network’s, not the loop’s', () => {
    const failure = { cause: 'silent', during: 'connect', code: null, words: '' } as const;
    const attempt = attemptAt({ called: 0, connectCalled: 1, done: 201 }, { failure, answer: null });
    const phase = named(attempt, 'connect', laneOf({ synSentNs: at(2), closedNs: at(203) }));
    expect(pieces(phase)).toEqual([
      ['event-loop before', 1],
      ['network during', 199],
    ]);
  });

  it('without the kernel claims only what the application knows itself', () => {
    const attempt = attemptAt({ called: 0, connectCalled: 1, submitted: 3, connected: 9, done: 10 });
    const [phase] = driftOf(attempt, null, 5).phases;
    expect(phase).toMatchObject({ kernelNs: null, driftNs: null, cause: null });
    expect(phase === undefined ? [] : pieces(phase)).toEqual([
      ['event-loop before', 2],
      ['unknown during', 6],
    ]);
    expect(driftOf(attempt, null, 5).errorNs).toBe(null);
  });
});

describe('the other phases', () => {
  it('a request divides into lost data, the loop’s stalls and the application', () => {
    const loop = { ...CALM, stalls: [{ fromNs: at(300), toNs: at(400), busyNs: 1e8 }] };
    const resent = [{ ns: at(210), what: 'data', timer: 'tlp', backoff: 0 } as const];
    const phase = named(attemptAt({ called: 0, connected: 5, firstWrite: 10, done: 500 }, { loop }), 'request', laneOf({ resent }));
    expect(pieces(phase)).toEqual([
      ['event-loop during', 100],
      ['data-retransmission during', 200],
      ['application during', 190],
    ]);
  });

  it('closing is one moment to the kernel: the rest is the application’s own', () => {
    const attempt = attemptAt({ called: 0, connected: 5, done: 10, closeCalled: 10, closed: 20 });
    const phase = named(attempt, 'close', laneOf({ finSentNs: at(12) }));
    expect(phase).toMatchObject({ kernelNs: 0, driftNs: 10e6, cause: 'event-loop' });
    expect(pieces(phase)).toEqual([
      ['event-loop before', 2],
      ['event-loop after', 8],
    ]);
  });
});

it('the parts are never negative and add up to the phase, however clocks and moments lie', () => {
  const ms = fc.integer({ min: -500, max: 3000 });
  const stretch = fc.tuple(ms, fc.nat(800)).map(([from, length]) => ({ fromNs: at(from), toNs: at(from + length) }));
  const resent = fc.array(fc.record({ ns: ms.map(at), what: fc.constantFrom('syn' as const, 'data' as const) }));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(2000), { minLength: 6, maxLength: 6 }).map((some) => some.sort((a, b) => a - b)),
      fc.array(fc.option(ms.map(at), { nil: null }), { minLength: 3, maxLength: 3 }),
      resent,
      fc.array(stretch),
      fc.array(stretch),
      ([connectCalled = 0, connected = 0, firstWrite = 0, done = 0, closeCalled = 0, closed = 0], lane, again, gcPauses, stalls) => {
        const loop = { ...CALM, gcPauses, stalls: stalls.map((stall) => ({ ...stall, busyNs: 0 })) };
        const attempt = attemptAt({ called: 0, connectCalled, connected, firstWrite, done, closeCalled, closed }, { loop });
        const [synSentNs = null, establishedNs = null, finSentNs = null] = lane;
        const sent = again.map((one) => ({ ...one, timer: 'rto', backoff: 1 }) as const);
        for (const phase of driftOf(attempt, laneOf({ synSentNs, establishedNs, finSentNs, resent: sent }), 0).phases) {
          expect(phase.parts.every((part) => part.ns > 0)).toBe(true);
          expect(phase.parts.reduce((sum, part) => sum + part.ns, 0)).toBeCloseTo(phase.applicationNs, 0);
        }
      },
    ),
  );
});
