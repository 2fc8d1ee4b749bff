import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/core/model/probe.ts';
import { attemptAt, laneOf, probeEventOf } from '../attempts.ts';
import { transition } from '../lines.ts';
import { NETNS } from '../recorded.ts';
import { backingOff, dropped, FLOW, flow, look, Observer, resent, state, waits } from './observer.ts';

const LISTENER = [{ laddr: '0.0.0.0', lport: 80, waiting: 1, backlog: 128 }];
/** The accepting side of a connection. */
const child = (at: number) => ({ laddr: '10.0.0.2', lport: 80, raddr: '10.0.0.1', rport: 40_000 + at });
const unaccepted = (at = 0) => waits(child(at), { owned: false, recvQ: 64, sendQ: 0, timer: null });
/** `cameMs` before the look. */
const unread = (recvQ: number, at = 0, cameMs = 0) => waits(child(at), { recvQ, sendQ: 0, timer: null }, { lastRcvMs: cameMs });

describe('a listener whose process does not serve', () => {
  it('is suspected where a connection waits for accept() for a second, and is sure after five', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at <= 9; at++) observer.look(look(at, [unaccepted()], LISTENER));
    expect(observer.told.slice(0, 2)).toEqual(['open 3 warning suspected', 'update 7 critical consistent']);
    expect(observer.found[0]).toMatchObject({ subject: { type: 'service', laddr: '0.0.0.0', lport: 80 } });
    expect(observer.found[0]?.summary).toContain('established and not accepted');
  });

  it('is told at the first look where the kernel told when the connection was established', () => {
    const observer = new Observer('false-alive');
    const ends = { ...child(0), netns: NETNS };
    observer.sockets.transition(transition({ from: 'LISTEN', to: 'SYN_RECV', ns: 1e9, ...ends }), 1e9);
    observer.sockets.transition(transition({ from: 'SYN_RECV', to: 'ESTABLISHED', ns: 1e9, ...ends }), 1e9);
    expect(observer.look(look(2.5, [unaccepted()], LISTENER)).told).toEqual(['open 2.5 warning suspected']);
  });

  it('is told apart where it accepted and does not read', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at <= 8; at++) observer.look(look(at, [unread(64)], LISTENER));
    expect(observer.told.slice(0, 2)).toEqual(['open 4 warning suspected', 'update 7 critical consistent']);
    expect(observer.found[0]?.summary).toContain('a request that nobody reads');
  });

  it('is stopped or hangs where it does neither', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at <= 7; at++) observer.look(look(at, [unread(64), unaccepted(1)], LISTENER));
    expect(observer.until(20).found.at(-1)?.summary).toContain('neither accepts');
  });

  it('is told by three looks, however close, at which what came lay there; and since it came', () => {
    const observer = new Observer('false-alive');
    for (const at of [3, 3.5]) observer.look(look(at, [unread(64, 0, (at - 2) * 1000)], LISTENER));
    expect(observer.told).toEqual([]);
    observer.look(look(4, [unread(64, 0, 2000)], LISTENER));
    expect(observer.told).toEqual(['open 4 warning suspected']);
    expect(observer.found[0]?.since).toBeCloseTo(2e6, -4);
  });

  it('is over once everything is accepted and read', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at <= 6; at++) observer.look(look(at, [unaccepted()], LISTENER));
    observer.look(look(7, [], LISTENER)).until(9);
    expect(observer.told.at(-1)).toMatch(/^resolved/);
  });

  it('is told of a client whose final ACK is dropped again and again', () => {
    const refused = (at: number) => dropped(at, 'TCP_LISTEN_OVERFLOW', child(0), { state: 'LISTEN' });
    const observer = new Observer('false-alive').tell(refused(1), refused(1.2));
    expect(observer.told).toEqual([]);
    observer.tell(refused(2));
    expect(observer.told).toEqual(['open 2 warning confirmed']);
    expect(observer.found[0]?.summary).toContain('the final ACK was dropped');
    expect(observer.until(30).told.at(-1)).toMatch(/^resolved/);
  });
});

describe('a client that only its own kernel believes connected', () => {
  const never = { seqStart: 1000 };

  it('is told by three timeouts of the first byte, weaker, as the peer may be gone', () => {
    const observer = new Observer('false-alive').tell(state(1, 'SYN_SENT', 'ESTABLISHED'), ...backingOff(1, 3, FLOW, never));
    expect(observer.told).toEqual(['open 2.6 warning suspected']);
    expect(observer.found[0]?.against[0]?.words).toContain('vanished right after the handshake');
  });

  it('is confirmed by SYN-ACKs that come again', () => {
    const again = (at: number) => dropped(at, 'TCP_INVALID_SYN', FLOW, { segFlags: 18 });
    const events = [state(1, 'SYN_SENT', 'ESTABLISHED'), again(2), ...backingOff(1, 3, FLOW, never), again(4)];
    const observer = new Observer('false-alive').tell(...events.sort((a, b) => a.ns - b.ns));
    expect(observer.told).toEqual(['open 2.6 warning suspected', 'update 4 warning confirmed']);
    observer.tell(state(5, 'ESTABLISHED', 'CLOSE')).until(8);
    expect(observer.told.at(-1)).toMatch(/^resolved/);
  });
});

describe('many clients that only their own kernel believes connected', () => {
  it('are one finding where their far end is one, and it is over with the last of them', () => {
    const observer = new Observer('false-alive');
    for (let n = 0; n < 200; n++) observer.tell(state(1, 'SYN_SENT', 'ESTABLISHED', flow(n)));
    for (let backoff = 1; backoff <= 4; backoff++) {
      for (let n = 0; n < 200; n++) observer.tell(resent(1 + 0.2 * 2 ** backoff, backoff, flow(n), { seqStart: 1000 }));
    }
    expect(observer.found.filter(({ phase }) => phase === 'open')).toHaveLength(1);
    observer.until(30);
    expect(observer.found.at(-1)).toMatchObject({ phase: 'resolved' });
    const told = observer.found.filter(({ phase }) => phase !== 'resolved').at(-1);
    expect(told?.subject).toMatchObject({ type: 'peer', raddr: '10.0.0.2', rport: 80, lport: null });
    expect(told?.summary).toMatch(/^\d+ connections to 10\.0\.0\.2:80 are there by this end's kernel only/);
  });
});

describe('a probe that is connected and not answered', () => {
  const failure = (cause: Failure['cause']): Failure => ({ cause, during: 'answer', code: null, words: '' });
  const attempt = (at: number, cause: Failure['cause'] | null) =>
    probeEventOf(
      attemptAt(
        { called: 0, submitted: 1, connected: 2, firstWrite: 3, done: 1000 },
        { bytesSent: 78, failure: cause === null ? null : failure(cause) },
      ),
      laneOf({ establishedNs: 1.002e9, allAcknowledged: true }),
      { ns: at * 1e9 },
    );

  it('is told at the second in a row, by the name of its cause', () => {
    const tls = new Observer('false-alive').tell(attempt(1, 'tls-stuck'));
    expect(tls.told).toEqual([]);
    expect(tls.tell(attempt(2, 'tls-stuck')).told).toEqual(['open 2 warning confirmed']);
    expect(tls.found[0]?.subject).toMatchObject({ type: 'probe', probe: 'tcp://127.0.0.1:80' });
    const silent = new Observer('false-alive').tell(attempt(1, 'no-answer'), attempt(2, 'no-answer'));
    expect(silent.found[0]?.summary).toContain('kernel-only');
    expect(silent.found[0]?.summary).toContain('no process answered');
  });

  it('is over with the first that is answered', () => {
    const observer = new Observer('false-alive').tell(attempt(1, 'no-answer'), attempt(2, 'no-answer'), attempt(3, null)).until(5);
    expect(observer.told.at(-1)).toMatch(/^resolved/);
  });

  it('is nothing where every second one is answered', () => {
    const turns = Array.from({ length: 20 }, (_, at) => attempt(1 + at, at % 2 === 0 ? 'no-answer' : null));
    expect(new Observer('false-alive').tell(...turns).told).toEqual([]);
  });
});

describe('what looks like it', () => {
  it('is a server that is busy for a moment: each look finds others waiting', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at < 30; at++) observer.look(look(at, [unaccepted(at), unread(64, 100 + at)], LISTENER));
    expect(observer.told).toEqual([]);
  });

  it('is a server that reads what comes, only slowly', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at < 30; at++) observer.look(look(at, [unread(at % 2 === 0 ? 90_000 : 40_000)], LISTENER));
    expect(observer.told).toEqual([]);
  });

  it('is a client that does not read for a while: nobody listens at its port', () => {
    const observer = new Observer('false-alive');
    for (let at = 2; at < 30; at++) observer.look(look(at, [waits(FLOW, { recvQ: 500_000, sendQ: 0, timer: null })], LISTENER));
    expect(observer.told).toEqual([]);
  });

  it('is a connection that had been acknowledged and stalls, and a peer gone with all of them: that is half-open', () => {
    const older = new Observer('false-alive').tell(state(1, 'SYN_SENT', 'ESTABLISHED'), ...backingOff(1, 6));
    expect(older.told).toEqual([]);
    const fresh = flow(1);
    const both = [...backingOff(1, 4), ...backingOff(1.01, 4, fresh, { seqStart: 1000 })].sort((a, b) => a.ns - b.ns);
    expect(new Observer('false-alive').tell(state(0.9, 'SYN_SENT', 'ESTABLISHED', fresh), ...both).told).toEqual([]);
  });

  it('is one SYN-ACK that came twice', () => {
    const again = dropped(1.1, 'TCP_INVALID_SYN', FLOW, { segFlags: 18 });
    expect(
      new Observer('false-alive').tell(state(1, 'SYN_SENT', 'ESTABLISHED'), again, resent(1.4, 1, FLOW, { seqStart: 1000 })).until(9).told,
    ).toEqual([]);
  });
});
