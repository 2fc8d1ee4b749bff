import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Answering, Asking } from '../asking.ts';

/** The kernel's own list of sockets that go to a port; state first. */
function socketsTo(port: number): string[] {
  return execFileSync('ss', ['-Htano', `dport = :${port}`], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

it('the kernel has no socket left of any attempt but TIME_WAIT, however it ended', async () => {
  using asking = new Asking();
  const endings: ((socket: Socket) => unknown)[] = [
    (socket) => socket.once('data', () => socket.write('+PONG\r\n')),
    (socket) => socket.once('data', () => socket.end('-LOADING\r\n')),
    (socket) => socket.resume(),
    (socket) => socket.once('data', () => socket.resetAndDestroy()),
    (socket) => socket.end(),
    (socket) => socket.write('x'.repeat(100_000)),
  ];
  for (const ending of endings) {
    await using server = await Answering.by(ending);
    for (const kind of ['redis', 'postgres', 'http', 'grpc', 'tls', 'heartbeat', 'tcp']) {
      await asking.ask(`${kind}://127.0.0.1:${server.port}`, { timeout: '40ms' });
    }
    asking.pool[Symbol.dispose]();
    // The far end's own half may not be closed yet; ours is.
    const ours = socketsTo(server.port).filter((row) => !/^(TIME-WAIT|FIN-WAIT-[12])/.test(row));
    expect(ours).toEqual([]);
  }
});

it('SO_KEEPALIVE is set where it is asked for, and the kernel’s timer runs', async () => {
  using asking = new Asking();
  await using server = await Answering.by((socket) => socket.once('data', () => socket.write('PONG 1\r\n')));
  const { failure } = await asking.ask(`heartbeat://127.0.0.1:${server.port}`, { keepAlive: '60s' });
  expect(failure).toBe(null);
  const [row] = socketsTo(server.port);
  expect(row).toMatch(/^ESTAB.*timer:\(keepalive,\d/);
  const [socket] = server.sockets;
  asking.pool[Symbol.dispose]();
  if (socket !== undefined && !socket.closed) await once(socket, 'close');
});
