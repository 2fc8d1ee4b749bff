import { describe, expect, it } from 'vitest';
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
