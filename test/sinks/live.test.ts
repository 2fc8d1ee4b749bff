import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, type EventKind } from '../../src/core/model/event.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import { Reader, settled, wired } from '../server/wired.ts';

const asked = (filter: string, kinds: readonly EventKind[] = EVENT_KINDS) => ({ filter: parseFilter(filter), kinds });

describe('the live sink', () => {
  it('makes one channel of subscriptions that ask for the same, however they are written', async () => {
    const { observed, live, posted } = wired();
    for (let client = 1; client <= 4; client++) live.connect(client);
    live.subscribe(1, asked('port=0443 addr=10.0.0.7'));
    live.subscribe(2, asked('port=443   addr=10.0.0.7', [...EVENT_KINDS].reverse()));
    live.subscribe(3, asked('port=443'));
    live.subscribe(4, asked('port=443', ['reset']));
    await settled();
    live.accept(observed.happen(2));
    live.flush();
    expect(posted.filter(({ type }) => type === 'batch')).toMatchObject([
      { events: 2, fromSeq: 1, toSeq: 2 },
      { events: 2, fromSeq: 1, toSeq: 2 },
    ]);
  });

  it('makes one snapshot for all who ask for the same while another is being made', async () => {
    const { live, posted } = wired();
    for (let client = 1; client <= 50; client++) {
      live.connect(client);
      live.subscribe(client, asked('port=443'));
    }
    await settled();
    const turns = posted.filter(({ type }) => type === 'snapshot');
    expect(turns.map((message) => (message.type === 'snapshot' ? message.clients.length : 0))).toEqual([1, 49]);
  });

  it('prints and posts nothing while nobody has subscribed, and runs no timer while nobody is connected', async () => {
    const { observed, live, clock, posted, clients } = wired();
    expect(clock.running()).toBe(0);
    const [first, second] = [clients.connect(new Reader()), clients.connect(new Reader())];
    const before = posted.length;
    live.accept(observed.happen(10));
    live.flush();
    expect([posted.length - before, clock.running(), live.clients]).toEqual([0, 2, 2]);
    second.subscribe(EVENT_KINDS, '');
    await settled();
    second.close();
    const left = posted.length;
    live.accept(observed.happen(10));
    live.flush();
    expect([posted.length - left, clock.running()]).toEqual([0, 2]);
    first.close();
    expect([clock.running(), live.clients]).toEqual([0, 0]);
  });

  it('forgets everybody when whoever held the connections is gone', async () => {
    const { live, clock, clients } = wired();
    clients.connect(new Reader()).subscribe(EVENT_KINDS, '');
    live[Symbol.dispose]();
    await settled();
    expect([clock.running(), live.clients]).toEqual([0, 0]);
  });
});
