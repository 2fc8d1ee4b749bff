import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/server/auth.ts';
import { ask, type Served, serve, upgrade } from './served.ts';

const TOKEN = 'a-token-of-some-length';
const GUARDED = [
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/asyncapi.json',
  '/api/v1/status',
  '/api/v1/connections',
  '/api/v1/time-wait',
  '/api/v1/netstack',
];

/** One server for the stories of a group: none of them changes it, and each server starts a thread. */
function shared(options: Parameters<typeof serve>[0] = {}): { readonly served: Served } {
  let served: Served | null = null;
  beforeAll(async () => {
    served = await serve(options);
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
  });
  return {
    get served() {
      if (served === null) throw new Error('not started');
      return served;
    },
  };
}

describe('the token', () => {
  it('is not asked for on loopback where none is set', async () => {
    await using served = await serve();
    for (const path of ['/', '/healthz', ...GUARDED]) expect([path, (await ask(served.server, path)).status]).toEqual([path, 200]);
    expect(await upgrade(served.server, '/live')).toBe(101);
  });

  it('opens every route, as header or in the address; without it only the page and /healthz answer', async () => {
    await using served = await serve({ token: TOKEN });
    const { server } = served;
    for (const path of ['/', '/healthz']) expect([path, (await ask(server, path)).status]).toEqual([path, 200]);
    for (const path of GUARDED) {
      const refused = await ask(server, path);
      expect([path, refused.status, refused.headers['www-authenticate']]).toEqual([path, 401, 'Bearer']);
      expect(refused.json()).toMatchObject({ code: 'UNAUTHORIZED', expected: expect.stringContaining('Authorization: Bearer') });
      expect([path, (await ask(server, path, { authorization: `Bearer ${TOKEN}` })).status]).toEqual([path, 200]);
      expect([path, (await ask(server, `${path}?token=${TOKEN}`)).status]).toEqual([path, 200]);
    }
  });

  const group = shared({ token: TOKEN });

  it.each([
    ['another of the same length', { authorization: `Bearer ${TOKEN.replace('a', 'b')}` }, ''],
    ['its beginning', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, ''],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, ''],
    ['nothing behind the scheme', { authorization: 'Bearer ' }, ''],
    ['two in the address', {}, `?token=${TOKEN}&token=${TOKEN}`],
    ['an empty one in the address', {}, '?token='],
    ['a right one in the address but a wrong header', { authorization: 'Bearer wrong' }, `?token=${TOKEN}`],
  ])('is refused: %s', async (_what, headers, search) => {
    const { served } = group;
    expect((await ask(served.server, `/api/v1/status${search}`, headers)).status).toBe(401);
    expect(await upgrade(served.server, `/live${search}`, headers)).toBe(401);
  });

  it('opens the live stream, and guards even addresses that do not exist', async () => {
    await using served = await serve({ token: TOKEN });
    expect(await upgrade(served.server, '/live')).toBe(401);
    expect(await upgrade(served.server, `/live?token=${TOKEN}`)).toBe(101);
    expect(await upgrade(served.server, '/live', { authorization: `Bearer ${TOKEN}` })).toBe(101);
    expect((await ask(served.server, '/api/v1/nothing')).status).toBe(401);
    expect((await ask(served.server, `/api/v1/nothing?token=${TOKEN}`)).status).toBe(404);
  });

  it('is never logged, at any level, whatever goes wrong', async () => {
    await using served = await serve({ token: TOKEN });
    served.observed.netstack = () => Promise.reject(new Error('failed'));
    for (const path of ['/', '/api/v1/netstack', '/api/v1/nothing', '/api/v1/connections', '/%zz', '/live']) {
      expect((await ask(served.server, `${path}?token=${TOKEN}`)).text).not.toContain(TOKEN);
      await ask(served.server, `${path}?token=${TOKEN}&limit=x`, { authorization: `Bearer ${TOKEN}` });
      await upgrade(served.server, `${path}?token=${TOKEN}`);
    }
    expect(served.logged()).toContain('a request failed');
    expect(served.logged()).not.toContain(TOKEN);
  });
});

describe('another site’s page', () => {
  const origins: [string, (port: number) => string | undefined, boolean][] = [
    ['no page at all', () => undefined, true],
    ['our own page', (port) => `http://127.0.0.1:${port}`, true],
    ['a listed page', () => 'https://ops.example.net', true],
    ['another port of this machine', () => 'http://127.0.0.1:1', false],
    ['another site', () => 'https://evil.example', false],
    ['a site whose name begins with a listed one', () => 'https://ops.example.net.evil.example', false],
    ['a listed name by another scheme', () => 'http://ops.example.net', false],
    ['a sandboxed frame', () => 'null', false],
  ];

  const listing = shared({ allowedOrigins: ['https://ops.example.net'] });
  const plain = shared();

  it.each(origins)('%s: may connect where it is known', async (_what, originFor, welcome) => {
    const { served } = listing;
    const origin = originFor(served.server.port);
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    expect(await upgrade(served.server, '/live', headers)).toBe(welcome ? 101 : 403);
    const posted = await ask(served.server, '/api/v1/status', headers, 'POST');
    expect(posted.status).toBe(welcome ? 404 : 403);
    if (!welcome) expect(posted.json()).toMatchObject({ code: 'ORIGIN_REFUSED', where: 'Origin' });
  });

  it('may read answers only where it is listed, also with a token in a header', async () => {
    await using served = await serve({ allowedOrigins: ['https://ops.example.net'], token: TOKEN });
    const listed = { origin: 'https://ops.example.net' };
    const preflight = await ask(served.server, '/api/v1/status', { ...listed, 'access-control-request-method': 'GET' }, 'OPTIONS');
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([204, 'authorization']);
    const read = await ask(served.server, '/api/v1/status', { ...listed, authorization: `Bearer ${TOKEN}` });
    expect([read.status, read.headers['access-control-allow-origin']]).toEqual([200, 'https://ops.example.net']);
    const other = await ask(served.server, '/api/v1/status', { origin: 'https://evil.example', authorization: `Bearer ${TOKEN}` });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask(served.server, '/api/v1/status', listed)).status).toBe(401);
  });

  it.each([
    ['127.0.0.1', 200],
    ['127.9.9.9:1234', 200],
    ['localhost:80', 200],
    ['LOCALHOST', 200],
    ['[::1]:7373', 200],
    ['rebound.example', 403],
    ['127.0.0.1.rebound.example', 403],
    ['localhost.rebound.example:80', 403],
    ['10.0.0.7', 403],
    ['[2001:db8::1]', 403],
  ])('that made its name point here is known by its Host: %j → %i', async (host, status) => {
    const { served } = plain;
    for (const path of ['/', '/api/v1/status']) expect((await ask(served.server, path, { host })).status).toBe(status);
    expect(await upgrade(served.server, '/live', { host })).toBe(status === 200 ? 101 : 403);
  });
});

describe('an upgrade', () => {
  it('is granted at /live alone, and what was refused holds up no stop', async () => {
    const served = await serve();
    const statuses = await Promise.all(['/', '/api/v1/status', '/nothing', '/%zz', '/live'].map((path) => upgrade(served.server, path)));
    expect(statuses).toEqual([404, 404, 404, 400, 101]);
    const start = performance.now();
    await served[Symbol.asyncDispose]();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('loopback', () => {
  it.each(['127.0.0.1', '127.255.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])('is %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', '128.0.0.1', '::2', 'localhost', ''])('is not %j', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});
