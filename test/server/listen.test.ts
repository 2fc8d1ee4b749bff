import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, serve } from './served.ts';

const TOKEN = 'a-token-of-some-length';

describe('listening', () => {
  it('takes a free port where 0 is asked for, and says which', async () => {
    await using served = await serve();
    expect(served.server.port).toBeGreaterThan(0);
    expect(served.server.url).toBe(`http://127.0.0.1:${served.server.port}`);
    expect((await fetch(`${served.server.url}/healthz`)).status).toBe(200);
  });

  it('works on IPv6 and by name', async () => {
    await using v6 = await serve({ listen: { host: '::1', port: 0 } });
    expect(v6.server.url).toBe(`http://[::1]:${v6.server.port}`);
    expect((await fetch(`${v6.server.url}/api/v1/status`)).status).toBe(200);
    await using named = await serve({ listen: { host: 'localhost', port: 0 } });
    expect((await ask(named.server, '/api/v1/status', { host: `localhost:${named.server.port}` })).status).toBe(200);
  });

  it('says who to ask where the port is taken, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(serve({ listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'LISTEN_IN_USE',
      exit: 2,
      message: `Something else listens on 127.0.0.1:${port}.`,
      mend: expect.stringMatching(/ss -ltnp .*--listen 127\.0\.0\.1:0/),
    });
    other.close();
    await once(other, 'close');
    await using served = await serve({ listen: { host: '127.0.0.1', port } });
    expect(served.server.port).toBe(port);
  });

  it.each(['192.0.2.1', 'x'.repeat(64)])('refuses %s, which is not this machine', async (host) => {
    await expect(serve({ listen: { host, port: 0 }, token: TOKEN })).rejects.toMatchObject({ code: 'LISTEN_REFUSED', exit: 2 });
  });

  it.each(['0.0.0.0', '::', '192.0.2.1'])('refuses %s without a token', async (host) => {
    await expect(serve({ listen: { host, port: 0 } })).rejects.toMatchObject({
      code: 'TOKEN_REQUIRED',
      exit: 2,
      mend: expect.stringContaining('SYNOPTIC_TOKEN'),
    });
  });

  it('beyond loopback answers by any name, to who has the token', async () => {
    await using served = await serve({ listen: { host: '0.0.0.0', port: 0 }, token: TOKEN });
    const headers = { host: 'synoptic.example.net' };
    expect((await ask(served.server, '/api/v1/status', headers)).status).toBe(401);
    expect((await ask(served.server, '/api/v1/status', { ...headers, authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });
});
