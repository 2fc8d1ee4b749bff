import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Server } from '../../src/server/server.ts';
import { Client, serve } from './served.ts';

/** Subscribes, then reads not one byte more: the kernel's buffers fill, then ours. */
async function stuckClient(server: Server): Promise<Client> {
  const client = new Client(server);
  await client.subscribed();
  client.socket.pause();
  return client;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Of the whole process: both threads, strings and buffers alike. */
function memoryInUse(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

const ROUNDS = 60;
const PER_ROUND = 2000;
const STUCK = 40;

describe('a client that does not read', () => {
  it('costs bounded memory and nobody else an event, and is told exactly what it missed', { timeout: 30_000 }, async () => {
    await using served = await serve();
    const { server, observed, live } = served;
    const others = await Promise.all(Array.from({ length: STUCK - 1 }, () => stuckClient(server)));
    using stuck = await stuckClient(server);
    using quick = new Client(server);
    await quick.subscribed();

    const before = memoryInUse();
    for (let round = 1; round <= ROUNDS; round++) {
      live.accept(observed.happen(PER_ROUND));
      await quick.until(() => quick.all('batch').at(-1)?.events.at(-1)?.seq === round * PER_ROUND);
      // What the quick client received is not what is measured.
      expect(quick.seqs).toEqual(Array.from({ length: PER_ROUND }, (_, i) => (round - 1) * PER_ROUND + i + 1));
      quick.messages.length = 0;
    }
    const grown = memoryInUse() - before;
    // 120,000 events are 50 MB of text, for each of them. What waits for each is 20,000 events (9 MB) and 4 MiB in the socket: 500 MB if they did not
    // share it. They do; what was measured, 120 to 200 MB, is mostly what neither thread's collector has given back yet.
    expect(grown).toBeLessThan(400 * 1024 * 1024);
    for (const other of others) other[Symbol.dispose]();

    stuck.socket.resume();
    await stuck.until(() => stuck.all('gap').length > 0);
    const got = stuck.seqs.length;
    const missed = ROUNDS * PER_ROUND - got;
    expect(stuck.seqs).toEqual(Array.from({ length: got }, (_, i) => i + 1));
    expect(stuck.all('gap')).toEqual([{ type: 'gap', missed, fromSeq: got + 1, toSeq: ROUNDS * PER_ROUND }]);
    expect(missed).toBeGreaterThan(0);
    expect(live.missed).toBeGreaterThanOrEqual(missed);

    live.accept(observed.happen(1));
    await stuck.until(() => stuck.seqs.length > got);
    expect(stuck.seqs.slice(got)).toEqual([ROUNDS * PER_ROUND + 1]);
  });

  it('does not hold up a stop: everybody is told 1001, and it is cut within a second', { timeout: 30_000 }, async () => {
    const served = await serve();
    const { server, observed, live } = served;
    using _stuck = await stuckClient(server);
    using polite = new Client(server);
    await polite.subscribed();
    while (live.missed === 0) {
      live.accept(observed.happen(PER_ROUND));
      live.flush();
      await turn();
    }
    const start = performance.now();
    await served[Symbol.asyncDispose]();
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await polite.closed).toBe(1001);
    expect(live.clients).toBe(0);
  });

  it('ends an idle keep-alive connection at the stop too', async () => {
    const served = await serve();
    const idle = connect({ host: served.server.host, port: served.server.port });
    idle.on('error', () => undefined);
    idle.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(idle, 'data');
    const ended = once(idle, 'close');
    await served[Symbol.asyncDispose]();
    idle.resume();
    await ended;
    await expect(fetch(`${served.server.url}/healthz`)).rejects.toThrow();
  });
});
