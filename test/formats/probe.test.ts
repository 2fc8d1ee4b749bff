import { describe, expect, it } from 'vitest';
import type { ProbeAttempt } from '../../src/core/model/probe.ts';
import type { SocketView } from '../../src/core/model/socket-view.ts';
import { EventWire } from '../../src/formats/event.ts';
import { printEvent } from '../../src/formats/print-event.ts';
import { ProbeWire, probeWireOf } from '../../src/formats/probe.ts';
import { attemptAt, laneOf, probeEventOf } from '../core/attempts.ts';

const wireOf = (attempt: ProbeAttempt): ProbeWire => probeWireOf(probeEventOf(attempt), 'here');

describe('an attempt on the wire', () => {
  it('fits its schema after a trip through JSON', () => {
    const tls = { version: 'TLSv1.3', cipher: 'c', subject: null, issuer: null, validTo: '2026-11-21T00:00:00.000Z', fault: null };
    const pooled = { reused: true, openedNs: 0.5e9, beat: 3, replaced: 'why' };
    const loop = {
      lastFreeNs: 1e9 - 1500,
      lagNs: 0,
      stalls: [{ fromNs: 1.001e9, toNs: 1.002e9, busyNs: 500 }],
      gcPauses: [{ fromNs: 1.0001e9, toNs: 1.0002e9 }],
    };
    const socket: SocketView = {
      options: [{ name: 'TCP_USER_TIMEOUT', asked: 5, applied: null, why: 'not set: EINVAL' }],
      fastOpen: { outcome: 'held-back', why: null, state: { setting: 1, active: 2, activeFail: 3, blackhole: 1, blackholeTimeoutS: null } },
      info: {
        ...{ state: 'ESTABLISHED', options: ['sack', 'syn-data'], rttUs: 12, rttVarUs: 3, minRttUs: null },
        ...{ retransmits: 1, unacked: 0, segsOut: null, segsIn: 4 },
      },
      why: null,
    };
    const attempts = [
      attemptAt({ called: 0, done: 4 }, { socket }),
      attemptAt({ called: 0, connected: 3, done: 4 }),
      attemptAt({ called: 0 }, { tls, pooled, loop, laddr: null, lport: null }),
    ];
    for (const attempt of attempts) {
      const wire = wireOf(attempt);
      expect(ProbeWire.parse(JSON.parse(JSON.stringify(wire)))).toEqual(wire);
    }
  });

  it('gives every moment in µs after the call, those before it negative, those not reached as null', () => {
    const wire = wireOf(attemptAt({ called: 2, connectCalled: 2.5, connected: 3.001, done: 4 }, { plannedNs: 1.001e9 }));
    expect(wire.ns).toBe('1002000000');
    expect(wire.phases).toMatchObject({ connectCalled: 500, connected: 1001, done: 2000, secured: null, closed: null });
    expect(wire.lateUs).toBe(1000);
    expect(wire.loop.lastFreeUs).toBe(-3000);
    expect(wire.kernel).toBe(null);
  });

  it('with its kernel’s side is an event like all others: printed, it fits the events’ schema', () => {
    const resent = [{ ns: 1.0025e9, what: 'syn', timer: 'rto', backoff: 1 }] as const;
    const resets = [{ ns: 1.004e9, direction: 'received', reason: 'x' }] as const;
    const lane = laneOf({
      establishedNs: 1.003e9,
      closedNs: 1.004e9,
      synRetransmits: 1,
      resent,
      resets,
      state: 'CLOSE',
      error: 'ECONNRESET',
    });
    const attempt = attemptAt({ called: 0, connectCalled: 1.5, submitted: 2.5, connected: 3.25, done: 4, closeCalled: 4, closed: 4.5 });
    const event = probeEventOf(attempt, lane, { seq: 9, update: 'gone' });
    const wire = EventWire.parse(JSON.parse(printEvent(event, 'h')));
    expect(wire).toEqual(probeWireOf(event, 'h'));
    expect(wire).toMatchObject({
      ...{ kind: 'probe', seq: 9, ns: '1000000000', host: 'h', sock: 7, unseen: null, update: 'gone', mismatch: 'masked-loss' },
      kernel: { synSent: 2000, established: 3000, firstByte: null, closed: 4000, resent: [{ at: 2500, what: 'syn' }], error: 'ECONNRESET' },
      drift: {
        errorUs: 50,
        phases: [{ phase: 'connect', applicationUs: 1750, kernelUs: 1000, driftUs: 750, cause: null }, { phase: 'close' }],
      },
    });
  });

  it('says the verdict and its words', () => {
    const failure = { cause: 'silent', during: 'connect', code: null, words: 'no answer to the SYN within 1000 ms' } as const;
    expect(wireOf(attemptAt({ called: 0, submitted: 1, done: 1000 }, { failure, answer: null }))).toMatchObject({
      ...{ alive: false, cause: 'silent', responder: 'nobody', words: 'no answer to the SYN within 1000 ms' },
      stages: { reachable: false, responsive: null, serving: null },
      couldBe: ['filtered', 'syn-lost', 'kernel-only'],
    });
  });
});
