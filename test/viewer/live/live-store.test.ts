import { beforeEach, describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '../../../src/core/model/event.ts';
import { ClientMessage, type ServerMessage } from '../../../src/formats/live.ts';
import { LiveStore } from '../../../src/viewer/live/live-store.ts';
import { inWords } from '../../../src/viewer/words/row-words.ts';
import { aConnection, aSnapshot, aStatus, transition } from '../wire.ts';

const at = (perfMs: number) => ({ perfMs, wallMs: Date.UTC(2025, 10, 20) + perfMs });
const hello = (fields = {}): ServerMessage => ({ type: 'hello', protocol: 1, status: aStatus(fields) });
const batch = (...seqs: number[]): ServerMessage => ({ type: 'batch', events: seqs.map((seq) => transition(seq, 'CLOSE', 'SYN_SENT')) });
const refused: ServerMessage = { type: 'error', code: 'FILTER_SYNTAX', message: 'no such term', where: 'FILTER term 1', expected: 'port=' };

describe('LiveStore', () => {
  let sent: ClientMessage[];
  let online: boolean;
  let drawn: number;
  let store: LiveStore;

  function open(filter: string): void {
    sent = [];
    drawn = 0;
    online = true;
    store = new LiveStore({
      send: (message) => {
        if (online) sent.push(ClientMessage.parse(message));
        return online;
      },
      changed: () => drawn++,
      wanted: { filter, kinds: EVENT_KINDS },
    });
    store.accept(hello(), at(0));
  }
  beforeEach(() => open(''));

  it('asks for what the link to the page says as soon as it is greeted', () => {
    open('port=443');
    expect(sent).toEqual([{ type: 'subscribe', filter: 'port=443' }]);
  });

  it('shows events newest first and asks for one drawing a message, not one an event', () => {
    store.accept(aSnapshot(), at(1));
    drawn = 0;
    store.accept(batch(1, 2, 3), at(2));
    expect([store.feed.at(0), store.feed.at(2)]).toMatchObject([{ seq: 3 }, { seq: 1 }]);
    expect(drawn).toBe(1);
  });

  it('keeps the former filter in force, and asks for it after a reconnect, when the service refuses a new one', () => {
    store.accept(aSnapshot({ filter: 'port=443' }), at(1));
    store.subscribe({ filter: 'prt=80', kinds: EVENT_KINDS });
    store.accept(refused, at(2));
    expect(store.refusal.value).toMatchObject({ expected: 'port=' });
    expect(store.inForce.value?.filter).toBe('port=443');
    sent.length = 0;
    store.down(500, false, at(3));
    store.accept(hello(), at(4));
    expect(sent).toEqual([{ type: 'subscribe', filter: 'port=443' }]);
  });

  it('shows everything rather than nothing when a link’s filter is refused, and asks no third time', () => {
    open('prt=80');
    store.accept(refused, at(1));
    expect(sent.at(-1)).toEqual({ type: 'subscribe' });
    store.accept(refused, at(2));
    expect(sent).toHaveLength(2);
  });

  it('clears the rows that another filter let through, and keeps them when the same is asked again', () => {
    store.accept(aSnapshot(), at(1));
    store.accept(batch(1), at(2));
    store.accept(aSnapshot({ seq: 1 }), at(3));
    expect(store.feed.length).toBe(1);
    store.accept(aSnapshot({ seq: 1, filter: 'port=443' }), at(4));
    expect(store.feed.length).toBe(0);
  });

  it('says by seq what happened while it was disconnected', () => {
    store.accept(aSnapshot(), at(1));
    store.accept(batch(1, 2), at(2));
    store.down(500, false, at(1000));
    store.down(1000, false, at(1600));
    store.accept(hello(), at(3000));
    store.accept(aSnapshot({ seq: 102 }), at(3001));
    expect(store.feed.at(0)).toMatchObject({ kind: 'missed', cause: 'disconnected', missed: 100, downMs: 2000 });
    expect(store.missed.value).toEqual({ events: 100, unknown: false });
  });

  it('counts from the service’s own number through a filter, where most events never arrive', () => {
    store.accept(aSnapshot({ filter: 'port=443' }), at(1));
    store.accept({ type: 'status', status: aStatus({ events: { total: 5000, perSecond: 0, byKind: {} } }) }, at(2));
    store.down(500, false, at(1000));
    store.accept(hello({ events: { total: 5010, perSecond: 0, byKind: {} } }), at(2000));
    store.accept(aSnapshot({ filter: 'port=443', seq: 5010 }), at(2001));
    expect(store.missed.value.events).toBe(10);
  });

  it('does not count across a restart of the service, whose numbers begin anew', () => {
    store.accept(aSnapshot({ seq: 900 }), at(1));
    store.down(500, false, at(1000));
    store.accept(hello({ startedAt: '2025-11-20T13:00:00.000000Z' }), at(2000));
    store.accept(aSnapshot({ seq: 3 }), at(2001));
    const row = store.feed.at(0);
    expect(row && inWords(row)).toBe('this page was disconnected for 1 s; Synoptic was restarted, how many events were missed is unknown');
    expect(store.missed.value.unknown).toBe(true);
  });

  it('makes a row of what it was too slow for, and doubts the connection table until the next snapshot', () => {
    store.accept(aSnapshot(), at(1));
    store.accept({ type: 'gap', missed: 40, fromSeq: 1, toSeq: 60 }, at(2));
    expect(store.feed.at(0)).toMatchObject({ kind: 'missed', cause: 'slow', missed: 40 });
    expect([store.missed.value.events, store.tableMissed.value]).toEqual([40, 40]);
    store.accept(aSnapshot({ seq: 60 }), at(3));
    expect([store.missed.value.events, store.tableMissed.value]).toEqual([40, 0]);
  });

  it('notices that there is more than one network namespace', () => {
    store.accept(aSnapshot({ connections: [aConnection()], total: 1 }), at(1));
    store.accept(batch(1), at(2));
    expect(store.manyNetns.value).toBe(false);
    store.accept({ type: 'batch', events: [transition(2, 'CLOSE', 'SYN_SENT', { netns: 99 })] }, at(3));
    expect(store.manyNetns.value).toBe(true);
  });

  it('leaves a wish made offline to be asked when it is back', () => {
    store.accept(aSnapshot(), at(1));
    online = false;
    store.down(500, false, at(2));
    store.subscribe({ filter: 'pid=1', kinds: ['reset'] });
    expect(store.asked.value).toBeNull();
    online = true;
    store.accept(hello(), at(3));
    expect(sent.at(-1)).toEqual({ type: 'subscribe', filter: 'pid=1', kinds: ['reset'] });
  });
});
