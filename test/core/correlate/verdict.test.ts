import { describe, expect, it } from 'vitest';
import { verdict } from '../../../src/core/correlate/verdict.ts';
import { CAUSES, type Cause } from '../../../src/core/model/cause.ts';
import type { During, Failure } from '../../../src/core/model/probe.ts';
import type { FastOpenOutcome } from '../../../src/core/model/socket-view.ts';
import { attemptAt, countedAgain, laneOf as kernel } from '../attempts.ts';

const failed = (cause: Cause, during: During = 'answer'): { failure: Failure; answer: null } => ({
  failure: { cause, during, code: null, words: '' },
  answer: null,
});

const CONNECTED = { called: 0, connectCalled: 1, submitted: 2, connected: 3, done: 1000 };
const UNANSWERED = { called: 0, connectCalled: 1, submitted: 2, done: 1000 };

describe('by the application alone', () => {
  it('an answer is all three stages', () => {
    expect(verdict(attemptAt(CONNECTED), null)).toMatchObject({
      alive: true,
      stages: { reachable: true, responsive: true, serving: true },
      responder: 'syn-ack',
      cause: null,
    });
  });

  it('an RST is a host that is reachable, and a port that is not responsive', () => {
    const { alive, stages, responder } = verdict(attemptAt(UNANSWERED, failed('refused', 'connect')), null);
    expect({ alive, stages, responder }).toEqual({
      alive: false,
      stages: { reachable: true, responsive: false, serving: null },
      responder: 'rst',
    });
  });

  it.each(['no-route', 'forbidden', 'source-address', 'no-local-port', 'local-limit'] as const)(
    'where it is this machine that says no (%s), nobody else is said to have been silent',
    (cause) => {
      expect(verdict(attemptAt(UNANSWERED, failed(cause, 'connect')), null)).toMatchObject({ cause, responder: 'this machine' });
    },
  );

  it('with Fast Open, what the SYN brought says who answered, for connect() proves nothing', () => {
    const opened = (outcome: FastOpenOutcome) => ({
      ...failed('no-answer'),
      socket: { options: [], fastOpen: { outcome, why: null, state: null }, info: null, why: null },
    });
    expect(verdict(attemptAt(UNANSWERED, opened('carried')), null)).toMatchObject({ responder: 'syn-ack', stages: { responsive: true } });
    expect(verdict(attemptAt(UNANSWERED, opened('syn-lost')), null).responder).toBe('syn-ack');
    expect(verdict(attemptAt(UNANSWERED, opened('unanswered')), null).responder).toBe('nobody');
    // The application never saw "connected", and knew all the same.
    expect(verdict(attemptAt(UNANSWERED, opened('carried')), kernel({ establishedNs: 1.1e9 })).mismatch).toBe('false-alive');
  });

  it('silence says what else it may be: filtered, a lost SYN, a full queue', () => {
    const { stages, responder, couldBe } = verdict(attemptAt(UNANSWERED, failed('silent', 'connect')), null);
    expect(stages).toEqual({ reachable: false, responsive: null, serving: null });
    expect(responder).toBe('nobody');
    expect(couldBe).toEqual(['filtered', 'syn-lost', 'kernel-only']);
  });

  it('a name that does not resolve was never sent to anybody', () => {
    expect(verdict(attemptAt({ called: 0, done: 1 }, failed('dns-failed', 'lookup')), null)).toMatchObject({
      responder: null,
      couldBe: [],
      stages: { reachable: false, responsive: null, serving: null },
    });
  });

  it('suspects its own event loop first where that held for most of the attempt', () => {
    const loop = { lastFreeNs: 1e9, lagNs: 0, stalls: [{ fromNs: 1.1e9, toNs: 1.9e9, busyNs: 8e8 }], gcPauses: [] };
    expect(verdict(attemptAt(CONNECTED, { ...failed('no-answer'), loop }), null).couldBe[0]).toBe('event-loop');
  });

  it('whatever fails on a connection leaves the first two stages true', () => {
    for (const cause of Object.keys(CAUSES) as Cause[]) {
      const { alive, stages } = verdict(attemptAt(CONNECTED, failed(cause)), null);
      expect({ cause, alive, stages }).toEqual({ cause, alive: false, stages: { reachable: true, responsive: true, serving: false } });
    }
  });

  it('a miss on a pooled connection is no miss of the handshake that was made long ago', () => {
    const pooled = { reused: true, openedNs: 1, beat: 7, replaced: null };
    expect(verdict(attemptAt({ called: 0, firstWrite: 1, done: 1000 }, { ...failed('no-answer'), pooled }), null)).toMatchObject({
      responder: 'syn-ack',
      stages: { reachable: true, responsive: true, serving: false },
    });
  });
});

describe('with the kernel’s evidence', () => {
  const silent = attemptAt(UNANSWERED, failed('silent', 'connect'));

  it('a connect that timed out on a connection that was there is false-dead, by the event loop', () => {
    expect(verdict(silent, kernel({ establishedNs: 1.003e9 }))).toMatchObject({
      cause: 'event-loop',
      mismatch: 'false-dead',
      responder: 'syn-ack',
      stages: { reachable: true, responsive: true, serving: false },
    });
  });

  it('a connection reset before connect() had come back is as dead as it seems, and not false-dead', () => {
    const resets = [{ direction: 'received' as const, ns: 3, reason: null }];
    const { cause, mismatch } = verdict(attemptAt(UNANSWERED, failed('reset', 'connect')), kernel({ establishedNs: 2, resets }));
    expect({ cause, mismatch }).toEqual({ cause: 'reset', mismatch: null });
  });

  it('a SYN sent again and never answered is named so', () => {
    expect(verdict(silent, kernel({ synRetransmits: 2 }))).toMatchObject({ cause: 'syn-lost', mismatch: null, responder: 'nobody' });
  });

  it('a request that was acknowledged and not answered was accepted by a kernel only, or by a slow application', () => {
    const made = verdict(attemptAt(CONNECTED, failed('no-answer')), kernel({ establishedNs: 1.003e9, allAcknowledged: true }));
    expect(made).toMatchObject({ cause: 'kernel-only', couldBe: ['slow-application'] });
  });

  it('a request that nobody acknowledges is a silent peer', () => {
    const made = verdict(
      attemptAt(CONNECTED, failed('no-answer')),
      kernel({ establishedNs: 1.003e9, allAcknowledged: false, dataRetransmits: 3 }),
    );
    expect(made).toMatchObject({ cause: 'peer-silent', couldBe: [] });
  });

  it('an attempt that is alive and was retransmitted is masked loss', () => {
    expect(verdict(attemptAt(CONNECTED), kernel({ establishedNs: 1.003e9, synRetransmits: 1 })).mismatch).toBe('masked-loss');
  });

  it('so is one of which the socket alone has counted a retransmission: its record may have been skipped', () => {
    expect(verdict(attemptAt(CONNECTED, countedAgain(1)), kernel({ establishedNs: 1.003e9 })).mismatch).toBe('masked-loss');
    expect(verdict(attemptAt(CONNECTED, countedAgain(1)), null).mismatch).toBe(null);
    expect(verdict(attemptAt(CONNECTED), kernel({ establishedNs: 1.003e9 })).mismatch).toBe(null);
  });

  it('connected for the kernel and answered by nobody is false-alive, whoever asked whom', () => {
    const established = kernel({ establishedNs: 1.003e9, allAcknowledged: true });
    expect(verdict(attemptAt(CONNECTED, failed('no-answer')), established).mismatch).toBe('false-alive');
    const pooled = { reused: true, openedNs: 1, beat: 7, replaced: null };
    const onPool = attemptAt({ called: 0, firstWrite: 1, done: 1000 }, { ...failed('no-answer'), pooled });
    expect(verdict(onPool, kernel({ synSentNs: null })).mismatch).toBe('false-alive');
  });

  it('is no false-alive where the kernel was told that it is over', () => {
    const broken = [
      { error: 'ECONNRESET' },
      { resets: [{ ns: 1.5e9, direction: 'received' as const, reason: null }] },
      { finReceivedNs: 1.5e9 },
    ];
    for (const more of broken) {
      expect(verdict(attemptAt(CONNECTED, failed('no-answer')), kernel({ establishedNs: 1.003e9, ...more })).mismatch).toBe(null);
    }
  });

  it('bytes of TLS are somebody’s, so a handshake that is stuck after some is not called a kernel alone', () => {
    const stuck = attemptAt(CONNECTED, { ...failed('tls-stuck', 'tls'), bytesReceived: 1500 });
    expect(verdict(stuck, kernel({ establishedNs: 1.003e9, allAcknowledged: true })).cause).toBe('tls-stuck');
  });

  it('never changes a cause that hides nothing', () => {
    const made = verdict(attemptAt(CONNECTED, failed('wrong-answer')), kernel({ establishedNs: 1.003e9, dataRetransmits: 9 }));
    expect(made).toMatchObject({ cause: 'wrong-answer', couldBe: [] });
  });
});
