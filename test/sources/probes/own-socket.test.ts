import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { Answering, Asking, openSockets } from './asking.ts';

let asking: Asking;

beforeEach(() => {
  asking = new Asking();
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

it.each(['tcp', 'tls', 'http', 'https', 'redis', 'postgres', 'grpc', 'heartbeat'])(
  'the kernel’s figures of its socket end every attempt of %s, however it ended',
  async (scheme) => {
    for (const answer of ['HTTP/1.1 204 No Content\r\n\r\n', null]) {
      await using server = await Answering.by((socket) => (answer === null ? socket.resetAndDestroy() : socket.end(answer)));
      const { socket, failure } = await asking.ask(`${scheme}://127.0.0.1:${server.port}`, { timeout: '300ms', userTimeout: '5s' });
      expect([scheme, failure?.cause, socket?.why]).toEqual([scheme, failure?.cause, null]);
      expect(socket?.info).toMatchObject({ retransmits: 0, segsIn: expect.any(Number) });
      expect(socket?.info?.segsOut).toBeGreaterThan(1);
      expect(socket?.options).toEqual([{ name: 'TCP_USER_TIMEOUT', asked: 5000, applied: 5000, why: null }]);
    }
  },
);

it('a refused socket was asked before it went', async () => {
  const server = await Answering.by(() => undefined);
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const { socket, failure } = await asking.ask(`tcp://127.0.0.1:${port}`, { userTimeout: '5s' });
  expect(failure?.cause).toBe('refused');
  expect(socket).toMatchObject({ info: { state: 'CLOSE', segsOut: 1, segsIn: 1 }, options: [{ name: 'TCP_USER_TIMEOUT', applied: 5000 }] });
});

it('a name that does not resolve has no socket to tell of', async () => {
  expect((await asking.ask('tcp://nobody.invalid:80')).socket).toBe(null);
});

it('Node sets keep-alive’s interval and count itself where nobody asks for others, and that is told', async () => {
  await using server = await Answering.by(() => undefined);
  const { socket } = await asking.ask(`tcp://127.0.0.1:${server.port}`, { keepAlive: '42s' });
  expect(socket?.options.map(({ name, asked, applied, why }) => [name, asked, applied, why])).toEqual([
    ['SO_KEEPALIVE', 1, 1, null],
    ['TCP_KEEPIDLE', 42, 42, null],
    ['TCP_KEEPINTVL', null, 1, null],
    ['TCP_KEEPCNT', null, 10, null],
  ]);
});

it('a beat counts its own retransmissions and not those of beats before', async () => {
  await using server = await Answering.by((socket) => socket.on('data', (text) => socket.write(String(text).replace('PING', 'PONG'))));
  const url = `heartbeat://127.0.0.1:${server.port}`;
  const first = await asking.ask(url, { userTimeout: '5s' });
  const second = await asking.ask(url, { userTimeout: '5s' });
  expect([first.socket?.options.length, second.socket?.options.length]).toEqual([1, 0]);
  expect(second.socket?.info).toMatchObject({ state: 'ESTABLISHED', retransmits: 0 });
  expect(Number(second.socket?.info?.segsOut)).toBeGreaterThan(Number(first.socket?.info?.segsOut));
});

it('Fast Open leaves no socket open, also by IPv6, from a source address, or where nobody listens', async () => {
  await using server = await Answering.by((socket) => socket.on('data', () => socket.write('+PONG\r\n')), '::1');
  const settings = { fastOpen: true, timeout: '500ms' } as const;
  for (const more of [{}, { source: '::1' }]) {
    const { failure, laddr, socket } = await asking.ask(`redis://[::1]:${server.port}`, { ...settings, ...more });
    expect({ failure, laddr }).toEqual({ failure: null, laddr: '::1' });
    expect(socket?.fastOpen?.outcome).not.toBe('not-tried');
  }
  expect((await asking.ask('redis://127.0.0.1:1', settings)).failure?.cause).toBe('refused');
  expect((await asking.ask('redis://127.0.0.1:1', { ...settings, source: '192.0.2.1' })).failure?.cause).toBe('source-address');
});
