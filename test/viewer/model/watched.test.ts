import { describe, expect, it } from 'vitest';
import { SocketLife } from '../../../src/formats/socket-life.ts';
import { Watched } from '../../../src/viewer/model/watched.ts';
import { anEvent, transition } from '../wire.ts';

describe('the socket that is looked at', () => {
  it('begins with what is held of it, oldest first, and goes on with what comes', () => {
    const watched = new Watched();
    watched.begin(7, [
      transition(3, 'SYN_SENT', 'ESTABLISHED'),
      transition(2, 'CLOSE', 'SYN_SENT', { sock: 8 }),
      transition(1, 'CLOSE', 'SYN_SENT'),
    ]);
    watched.accept(transition(4, 'ESTABLISHED', 'CLOSE_WAIT'));
    watched.accept(transition(5, 'ESTABLISHED', 'CLOSE_WAIT', { sock: 8 }));
    watched.accept(anEvent('gap', { seq: 6 }));
    expect(watched.events.map(({ seq }) => seq)).toEqual([1, 3, 4]);
  });

  it('keeps a probe’s attempts on it beside its events, not among them: those have no owner', () => {
    const attempt = anEvent('probe', { seq: 2, sock: 7, laddr: '10.0.0.7', lport: 49148, raddr: '10.0.0.9', rport: 443 });
    const held = new Watched();
    held.begin(7, [attempt, transition(1, 'CLOSE', 'SYN_SENT')]);
    const live = new Watched();
    live.begin(7, [transition(1, 'CLOSE', 'SYN_SENT')]);
    live.accept(attempt);
    for (const watched of [held, live]) expect([watched.events.map(({ seq }) => seq), watched.attempts.length]).toEqual([[1], 1]);
  });

  it('joins what it holds, what the service remembers and what comes live: in order, without a seam or a double', () => {
    const watched = new Watched();
    watched.begin(7, [transition(12, 'ESTABLISHED', 'FIN_WAIT1')]);
    expect(watched.memory).toBe('asking');
    watched.accept(transition(13, 'FIN_WAIT1', 'FIN_WAIT2'));
    watched.fill(
      life({
        seq: 13,
        events: [transition(2, 'CLOSE', 'SYN_SENT'), transition(3, 'SYN_SENT', 'ESTABLISHED'), transition(12, 'ESTABLISHED', 'FIN_WAIT1')],
      }),
    );
    watched.accept(transition(14, 'FIN_WAIT2', 'CLOSE'));
    expect(watched.events.map(({ seq }) => seq)).toEqual([2, 3, 12, 13, 14]);
    expect(watched.memory).toEqual({ beginning: 'seen', holes: false });
  });

  it('is not told of another socket that the service was asked of before', () => {
    const watched = new Watched();
    watched.begin(8, []);
    watched.fill(life({ events: [transition(2, 'CLOSE', 'SYN_SENT')] }));
    expect([watched.events, watched.memory]).toEqual([[], 'asking']);
  });

  it('keeps what it holds where the service remembers nothing', () => {
    const watched = new Watched();
    watched.begin(7, [transition(3, 'SYN_SENT', 'ESTABLISHED')]);
    watched.fill(null);
    expect([watched.events.length, watched.memory]).toEqual([1, 'nothing']);
  });

  it('has the attempts of our own probe on the socket, each by its last word', () => {
    const watched = new Watched();
    watched.begin(7, [anEvent('probe', { seq: 5, sock: 7, attempt: 2 }), anEvent('probe', { seq: 4, sock: 8, attempt: 1 })]);
    watched.accept(anEvent('probe', { seq: 9, sock: 7, attempt: 2, update: 'gone' }));
    watched.fill(
      life({ attempts: [anEvent('probe', { seq: 5, sock: 7, attempt: 2 }), anEvent('probe', { seq: 3, sock: 7, attempt: 1 })] }),
    );
    expect(watched.attempts.map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [3, 1],
      [9, 2],
    ]);
  });

  it('keeps the latest of one that says too much, and says how many it left out', () => {
    const watched = new Watched();
    watched.begin(7, []);
    for (let seq = 1; seq <= 2010; seq++) watched.accept(anEvent('retransmit', { seq }));
    expect([watched.events.length, watched.events[0]?.seq, watched.left]).toEqual([2000, 11, 10]);
  });

  it('lets go of a socket when nobody looks', () => {
    const watched = new Watched();
    watched.begin(7, [transition(1, 'CLOSE', 'SYN_SENT')]);
    watched.end();
    watched.accept(transition(2, 'SYN_SENT', 'ESTABLISHED'));
    expect(watched.events).toEqual([]);
  });
});

function life(more: Partial<SocketLife>): SocketLife {
  const nothing = { seq: 1, sock: 7, connection: null, events: [], left: 0, beginning: 'seen', holes: false, attempts: [] };
  return SocketLife.parse({ ...nothing, ...more });
}
