import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { SynopticError } from '../../src/core/model/errors.ts';
import { Problem } from '../../src/formats/problem.ts';
import { Allowance } from '../../src/server/allowance.ts';
import { CoreLink } from '../../src/server/core-link.ts';
import type { Server } from '../../src/server/server.ts';
import { connection } from '../sinks/observed.ts';
import { ask, Client, serve } from './served.ts';

/** A connection of its own that says `text`, and whose end can be waited for. */
function dialled(server: Server, text: string): { socket: Socket; closed: Promise<void> } {
  const socket = connect({ host: server.host, port: server.port });
  // Whoever is cut while something is on its way is told so by an error; here only the end counts.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.write(text);
  return { socket, closed };
}

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

describe('a client that takes its time', { timeout: 30_000 }, () => {
  it('is cut where it never asks, and where it has been answered and asks no more', async () => {
    await using served = await serve({ limits: { idleMs: 300 } });
    const silent = [dialled(served.server, ''), dialled(served.server, GET('/healthz'))];
    for (const { socket } of silent) socket.resume();
    await Promise.all(silent.map(({ closed }) => closed));
  });

  it.each([
    ['head', 'GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\nx-slow: '],
    ['body', 'POST /api/v1/captures HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'],
  ])('is cut where its request does not become whole, with an answer that says so: its %s', async (_part, begun) => {
    await using served = await serve({ limits: { requestMs: 300 } });
    const { socket, closed } = dialled(served.server, begun);
    socket.setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => {
      answer += text;
    });
    await closed;
    expect(answer).toContain('REQUEST_INVALID');
  });
});

describe('one client that asks for much', { timeout: 30_000 }, () => {
  it('gets no more connections than there may be; who is there already stays', async () => {
    await using served = await serve({ limits: { connections: 3 } });
    using viewer = new Client(served.server);
    await viewer.subscribed();
    const idle = [dialled(served.server, GET('/healthz')), dialled(served.server, GET('/healthz'))];
    await Promise.all(idle.map(({ socket }) => once(socket, 'data')));
    const late = dialled(served.server, GET('/healthz'));
    late.socket.resume();
    await late.closed;
    expect(late.socket.bytesRead).toBe(0);
    served.live.accept(served.observed.happen(1));
    await viewer.until(() => viewer.seqs.length === 1);
    for (const { socket } of idle) socket.destroy();
  });

  it('is refused the next long answer while those before are not read, and is cut for it: then others are served again', async () => {
    await using served = await serve({ limits: { unreadBytes: 1024 * 1024, idleMs: 3000 }, answerWithinMs: 20_000 });
    // Some 15 MB: beyond what the kernel takes for somebody who does not read.
    served.observed.table = Array.from({ length: 10_000 }, (_, at) => connection(at + 1, { comm: 'x'.repeat(1500) }));
    const path = '/api/v1/connections?limit=10000';
    const stuck = dialled(served.server, GET(path));
    await once(stuck.socket, 'readable');
    const refused = await ask(served.server, path);
    expect([refused.status, Problem.parse(refused.json())]).toEqual([
      503,
      expect.objectContaining({ code: 'CORE_SILENT', message: 'Too many long answers wait to be read.' }),
    ]);
    expect((await ask(served.server, '/openapi.json')).status).toBe(503);
    expect((await ask(served.server, '/api/v1/status')).status).toBe(200);
    await expect.poll(async () => (await ask(served.server, path)).status, { timeout: 20_000 }).toBe(200);
    stuck.socket.resume();
    await stuck.closed;
    expect(stuck.socket.bytesRead).toBeLessThan(15_000_000);
  });

  it('is cut where it asks and asks and waits for no answer', async () => {
    await using served = await serve();
    const patient = dialled(served.server, GET('/api/v1/status').repeat(8));
    const hasty = dialled(served.server, GET('/api/v1/status').repeat(100));
    hasty.socket.resume();
    await hasty.closed;
    let answers = '';
    patient.socket.setEncoding('utf8').on('data', (text: string) => {
      answers += text;
    });
    await expect.poll(() => answers.split('HTTP/1.1 200').length - 1, { timeout: 20_000 }).toBe(8);
    patient.socket.destroy();
  });

  it('has so many questions wait for the observing part and no more, and is alive all the same', async () => {
    const posted: string[] = [];
    const link = new CoreLink((message) => void (message.type === 'call' && posted.push(message.name)), 60_000);
    const waiting = Array.from({ length: 256 }, () => link.status());
    await expect(link.status()).rejects.toMatchObject({ code: 'CORE_SILENT' } satisfies Partial<SynopticError>);
    const alive = link.alive();
    expect(posted).toEqual([...Array.from({ length: 256 }, () => 'status'), 'alive']);
    for (let id = 1; id <= 257; id++) link.take({ type: 'answer', id, value: true });
    await Promise.all([...waiting, alive]);
  });
});

describe('one viewer that says much', { timeout: 30_000 }, () => {
  const limits = { messages: { atOnce: 20, perSecond: 0.001 } };

  it.each([
    ['messages', (client: Client) => client.socket.send('{"type":"subscribe","filter":"port=1"}')],
    ['messages that are none', (client: Client) => client.socket.send('x')],
    ['pings, whose answers it need not read', (client: Client) => client.socket.ping('x'.repeat(100))],
  ])('is closed with 1008 for too many %s; others stay', async (_what, say) => {
    await using served = await serve({ limits });
    using bystander = new Client(served.server);
    using loud = new Client(served.server);
    await Promise.all([bystander.subscribed(), loud.subscribed()]);
    for (let times = 0; times < 25; times++) say(loud);
    expect(await loud.closed).toBe(1008);
    served.live.accept(served.observed.happen(1));
    await bystander.until(() => bystander.seqs.length === 1);
    expect(served.logged()).toContain('too many messages');
  });

  it('may go on for as long as it keeps to the rate', () => {
    const allowance = new Allowance({ atOnce: 3, perSecond: 10 }, 0);
    const took = [0, 0, 0, 0, 50, 100, 150, 200, 10_000, 10_000, 10_000, 10_000].map((ms) => allowance.take(ms));
    expect(took).toEqual([true, true, true, false, false, true, false, true, true, true, true, false]);
  });

  it('asks for no kind twice: a list of kinds is no longer than there are', async () => {
    await using served = await serve();
    using client = new Client(served.server);
    await client.subscribed();
    client.socket.send(JSON.stringify({ type: 'subscribe', kinds: Array.from({ length: 5000 }, () => 'state') }));
    await client.until(() => client.all('error').length === 1);
    expect(client.all('error')).toMatchObject([{ code: 'MESSAGE_INVALID', where: 'kinds' }]);
  });
});
