import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connection } from '../sinks/observed.ts';
import { ask, Client, serve } from './served.ts';

describe('/live', () => {
  it('greets, sends the snapshot that was asked for, then the events that fit', async () => {
    await using served = await serve();
    const { server, observed, live } = served;
    observed.table = [connection(1), connection(2, { rport: 80 })];
    observed.happen(4);
    using client = new Client(server);
    await client.subscribed({ filter: 'rport=443', kinds: ['state'] });
    live.accept([...observed.happen(1), ...observed.happen(1, { rport: 80 }), ...observed.happen(1)]);
    await client.until(() => client.seqs.length === 2);
    expect(client.all('hello')).toMatchObject([{ protocol: 1, status: { host: 'web-1' } }]);
    expect(client.all('snapshot')).toMatchObject([{ seq: 4, filter: 'rport=443', kinds: ['state'], total: 1, connections: [{ sock: 1 }] }]);
    expect(client.seqs).toEqual([5, 7]);
    expect(client.all('batch')[0]?.events[0]).toMatchObject({ kind: 'state', host: 'web-1', from: 'SYN_SENT', to: 'ESTABLISHED' });
  });

  it('lists at most 1,000 connections in a snapshot, and says how many there are', async () => {
    await using served = await serve();
    served.observed.table = Array.from({ length: 1500 }, (_, i) => connection(i + 1));
    using client = new Client(served.server);
    await client.subscribed();
    const [snapshot] = client.all('snapshot');
    expect([snapshot?.total, snapshot?.connections.length]).toEqual([1500, 1000]);
  });

  it.each([
    ['not json', 'MESSAGE_INVALID', 'message'],
    ['null', 'MESSAGE_INVALID', 'message'],
    ['{"type":"unsubscribe"}', 'MESSAGE_INVALID', 'type'],
    ['{"type":"subscribe","filtr":"x"}', 'MESSAGE_INVALID', 'filtr'],
    ['{"type":"subscribe","kinds":["stat"]}', 'MESSAGE_INVALID', 'kinds.0'],
    ['{"type":"subscribe","filter":1}', 'MESSAGE_INVALID', 'filter'],
    ['{"type":"subscribe","filter":"port=x"}', 'FILTER_SYNTAX', 'FILTER term 1, column 6'],
  ])('answers %s in place, and the subscription goes on', async (sent, code, where) => {
    await using served = await serve();
    using client = new Client(served.server);
    await client.subscribed();
    client.socket.send(sent);
    await client.until(() => client.all('error').length === 1);
    expect(client.all('error')).toMatchObject([{ code, where, expected: expect.stringMatching(/./) }]);
    served.live.accept(served.observed.happen(1));
    await client.until(() => client.seqs.length === 1);
  });

  it('closes on a message of more than 64 KiB with 1009, on a binary one with 1003; others stay', async () => {
    await using served = await serve();
    using bystander = new Client(served.server);
    using long = new Client(served.server);
    using binary = new Client(served.server);
    await Promise.all([bystander.subscribed(), long.subscribed(), binary.subscribed()]);
    long.socket.send('x'.repeat(64 * 1024 + 1));
    binary.socket.send(Buffer.from('{"type":"subscribe"}'));
    expect(await Promise.all([long.closed, binary.closed])).toEqual([1009, 1003]);
    served.live.accept(served.observed.happen(1));
    await bystander.until(() => bystander.seqs.length === 1);
    expect(bystander.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('says in plain HTTP that it speaks WebSocket', async () => {
    await using served = await serve();
    const answer = await ask(served.server, '/live');
    expect([answer.status, answer.json()]).toMatchObject([426, { code: 'REQUEST_INVALID' }]);
  });

  it('turns away who comes when 256 are there already, and takes the next once one has left', async () => {
    await using served = await serve();
    const crowd = Array.from({ length: 256 }, () => new Client(served.server));
    await Promise.all(crowd.map((client) => client.until((messages) => messages.length > 0)));
    using late = new Client(served.server);
    expect(await late.closed).toBe(1013);
    const [first] = crowd;
    first?.socket.close();
    await first?.closed;
    using next = new Client(served.server);
    await next.subscribed();
    for (const client of crowd) client[Symbol.dispose]();
  });

  it('forgets who leaves', async () => {
    await using served = await serve();
    const client = new Client(served.server);
    await client.subscribed();
    expect(served.live.clients).toBe(1);
    client.socket.close();
    await client.closed;
    using next = new Client(served.server);
    await next.subscribed();
    expect(served.live.clients).toBe(1);
  });
});
