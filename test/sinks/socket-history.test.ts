import { describe, expect, it } from 'vitest';
import type { Event, StateEvent } from '../../src/core/model/event.ts';
import { LISTED, SocketHistory } from '../../src/sinks/socket-history.ts';
import { attemptAt, probeEventOf } from '../core/attempts.ts';
import { stateEvent } from './observed.ts';

const wallUs = (ns: number): number => 1_763_672_400_000_000 + ns / 1000;
const event = (seq: number, about: Partial<StateEvent> = {}): StateEvent => stateEvent(seq, about);
const begins = (seq: number, sock: number): StateEvent => event(seq, { sock, from: 'CLOSE', to: 'SYN_SENT' });
const ends = (seq: number, sock: number): StateEvent => event(seq, { sock, from: 'ESTABLISHED', to: 'CLOSE' });
/** So many short lives, each of two events, of sockets from 1000 on. */
const storm = (lives: number, from: number): Event[] =>
  Array.from({ length: lives }, (_, life) => [
    begins(from + 2 * life, 1000 + from + life),
    ends(from + 2 * life + 1, 1000 + from + life),
  ]).flat();
const seqs = (history: SocketHistory, sock: number): number[] => history.of(sock, wallUs).events.map(({ seq }) => seq);

describe('what is remembered of sockets', () => {
  it('gives back exactly what was told, also once it was written down', () => {
    const history = new SocketHistory({ recent: 2, rows: 64 });
    const told: Event[] = [
      event(1, { from: 'LISTEN', to: 'SYN_RECV', dwellUs: null, origin: 'passive', pid: null, comm: null, netns: null }),
      event(2, {
        owner: { pid: 7, comm: 'nginx', unit: 'nginx.service', container: null, pod: null, lack: null },
        netnsName: 'blue',
        dwellUs: 80.25,
        sndUna: 0xffffffff,
        sndNxt: 0,
        rcvNxt: 3_000_000_000,
        srttUs: 120,
        retransmits: 200,
        anomaly: 'impossible',
      }),
      event(3, { sndUna: null, sndNxt: null, rcvNxt: null, srttUs: null, retransmits: null, lport: 65535, rport: 65535, origin: null }),
      event(4, { family: 6, laddr: '2001:db8::1', raddr: '2001:db8::2', probe: 'tcp://x:1', anomaly: 'discontinuity', origin: 'seeded' }),
      {
        ...about(5),
        kind: 'retransmit',
        what: 'data',
        timer: 'rto',
        backoff: 2,
        state: 'ESTABLISHED',
        seqStart: 1,
        seqEnd: 2,
        error: null,
      },
      { ...about(6), kind: 'time-wait', phase: 'enter', inferred: true, reusedBy: null },
      { ...about(7), kind: 'time-wait', phase: 'leave', inferred: false, reusedBy: 9 },
      event(8),
      event(9),
    ];
    history.accept(told);
    expect(history.of(1, wallUs).events).toEqual(told);
  });

  it('remembers how an old connection began, however many short ones have come and gone since', () => {
    const history = new SocketHistory({ recent: 16, rows: 8 });
    history.accept([begins(1, 7), event(2, { sock: 7 }), ...storm(500, 3)]);
    expect(history.of(7, wallUs)).toMatchObject({ beginning: 'seen', holes: false, left: 0 });
    expect(seqs(history, 7)).toEqual([1, 2]);
  });

  it('says that a beginning may be forgotten once so many sockets live that not all can be remembered', () => {
    const history = new SocketHistory({ recent: 2, rows: 8 });
    history.accept(Array.from({ length: 40 }, (_, index) => begins(index + 1, index + 1)));
    expect(history.of(1, wallUs)).toMatchObject({ events: [], beginning: 'forgotten' });
    expect(history.of(40, wallUs).beginning).toBe('seen');
  });

  it('tells a beginning that nobody saw from one that is forgotten', () => {
    const history = new SocketHistory({ recent: 2, rows: 8 });
    history.accept([event(1, { sock: 7, from: 'ESTABLISHED', to: 'CLOSE_WAIT', origin: 'seeded' })]);
    expect(history.of(7, wallUs).beginning).toBe('unseen');
    expect(history.of(8, wallUs)).toMatchObject({ events: [], beginning: 'unseen' });
  });

  it('keeps the end of a long life beside its beginning', () => {
    const history = new SocketHistory({ recent: 4, rows: 64 });
    history.accept([begins(1, 7), event(2, { sock: 7 }), ...storm(10, 3), ends(30, 7), ...storm(10, 31)]);
    expect(seqs(history, 7)).toEqual([1, 2, 30]);
    expect(history.of(7, wallUs)).toMatchObject({ beginning: 'seen', holes: false });
  });

  it('forgets a short life with its time', () => {
    const history = new SocketHistory({ recent: 4, rows: 64 });
    history.accept([begins(1, 7), ends(2, 7)]);
    expect(seqs(history, 7)).toEqual([1, 2]);
    history.accept(storm(10, 3));
    expect(history.of(7, wallUs)).toMatchObject({ events: [], beginning: 'forgotten' });
  });

  it('lists the newest of a socket that says too much, and how many it leaves out', () => {
    const history = new SocketHistory();
    history.accept([begins(1, 7), ...Array.from({ length: LISTED + 9 }, (_, index) => event(index + 2, { sock: 7 }))]);
    const { events, left, beginning } = history.of(7, wallUs);
    expect([events.length, events[0]?.seq, left, beginning]).toEqual([LISTED, 11, 10, 'forgotten']);
  });

  it('gives the attempts of our own probes on the socket, each by its last word', () => {
    const history = new SocketHistory();
    const attempt = probeEventOf(attemptAt({ called: 1, done: 3 }), null, { sock: 7, seq: 1 });
    const lingers = { ...attempt, seq: 3, update: 'lingering' as const };
    const other = probeEventOf(attemptAt({ called: 4, done: 5 }, { attempt: attempt.attempt.attempt + 1 }), null, { sock: 8, seq: 2 });
    history.accept([attempt, other, lingers]);
    expect(history.of(7, wallUs).attempts).toEqual([lingers]);
    expect(history.of(8, wallUs).attempts).toEqual([other]);
  });
});

function about(seq: number) {
  const { kind, from, to, dwellUs, sndUna, sndNxt, rcvNxt, srttUs, retransmits, origin, anomaly, ...rest } = event(seq);
  return rest;
}
