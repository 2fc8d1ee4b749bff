import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FindingsView } from '../../src/formats/findings.ts';
import { NetstackView } from '../../src/formats/netstack.ts';
import { Problem } from '../../src/formats/problem.ts';
import { SocketLife } from '../../src/formats/socket-life.ts';
import { ConnectionPage, Status, TimeWaitView } from '../../src/formats/status.ts';
import { aFinding, connection } from '../sinks/observed.ts';
import { ask, serve } from './served.ts';

describe('the API', () => {
  it('answers with what its schemas promise', async () => {
    await using served = await serve();
    const { server, observed } = served;
    observed.table = [connection(1)];
    expect(Status.parse((await ask(server, '/api/v1/status')).json())).toEqual(observed.status());
    expect(ConnectionPage.parse((await ask(server, '/api/v1/connections')).json()).connections).toEqual(observed.table);
    expect(TimeWaitView.parse((await ask(server, '/api/v1/time-wait')).json())).toEqual(await observed.timeWait());
    observed.found = {
      open: [aFinding(3, { lport: 443 }), aFinding(4, { lport: 80 })],
      resolved: [aFinding(2, { lport: 443 })],
      leftOut: { 'accept-queue': 1 },
    };
    const found = FindingsView.parse((await ask(server, '/api/v1/findings?filter=port%3D443&limit=1')).json());
    expect(found).toMatchObject({ filter: 'port=443', total: 2, open: [{ seq: 3 }], resolved: [], leftOut: { 'accept-queue': 1 } });
    expect(NetstackView.parse((await ask(server, '/api/v1/netstack')).json())).toEqual(await observed.netstack());
  });

  it('tells the life of one socket, and of one that nobody remembers that there is nothing', async () => {
    await using served = await serve();
    const { server, observed } = served;
    const life: SocketLife = {
      ...{ seq: 4, sock: 7, connection: connection(7), events: [], left: 0, beginning: 'forgotten', holes: false, attempts: [] },
    };
    observed.lives.set(7, life);
    expect(SocketLife.parse((await ask(server, '/api/v1/sockets/7')).json())).toEqual(life);
    const other = SocketLife.parse((await ask(server, '/api/v1/sockets/8')).json());
    expect(other).toMatchObject({ sock: 8, connection: null, events: [], beginning: 'forgotten' });
    expect(Problem.parse((await ask(server, '/api/v1/sockets/curl')).json()).code).toBe('REQUEST_INVALID');
  });

  it('lists connections page by page, filtered, with the number of the last event they contain', async () => {
    await using served = await serve();
    const { server, observed } = served;
    observed.table = Array.from({ length: 7 }, (_, i) => connection(i + 1, { rport: i % 2 === 0 ? 443 : 80 }));
    observed.happen(9);
    const socks: number[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const answer = await ask(server, `/api/v1/connections?filter=port%3D0443&limit=3&after=${after}`);
      const page = ConnectionPage.parse(answer.json());
      expect(page).toMatchObject({ seq: 9, filter: 'port=443', total: 4 });
      socks.push(...page.connections.map(({ sock }) => sock));
      after = page.next;
    }
    expect(socks).toEqual([1, 3, 5, 7]);
  });

  it.each([
    ['/api/v1/connections?limit=0', 'REQUEST_INVALID', 'limit', 'a whole number from 1 to 10000'],
    ['/api/v1/connections?limit=many', 'REQUEST_INVALID', 'limit', 'a whole number from 1 to 10000'],
    ['/api/v1/connections?limit=10001', 'REQUEST_INVALID', 'limit', 'a whole number from 1 to 10000'],
    ['/api/v1/connections?after=1.5', 'REQUEST_INVALID', 'after', 'a whole number from 0 to 9007199254740991'],
    ['/api/v1/connections?filtr=port%3D1', 'REQUEST_INVALID', 'filtr', 'one of filter limit after'],
    ['/api/v1/connections?filter=a&filter=b', 'REQUEST_INVALID', 'filter', 'FILTER terms, given once'],
    [`/api/v1/connections?filter=${'x'.repeat(1001)}`, 'REQUEST_INVALID', 'filter', 'at most 1000 characters'],
    ['/api/v1/connections?filter=prot%3D1', 'FILTER_SYNTAX', 'FILTER term 1, column 1', 'terms of the form'],
    ['/api/v1/status?x=1', 'REQUEST_INVALID', 'x', 'no parameters'],
    ['/%zz', 'REQUEST_INVALID', undefined, undefined],
  ])('refuses %.60s with what it expected', async (path, code, where, expected) => {
    await using served = await serve();
    const answer = await ask(served.server, path);
    const problem = Problem.parse(answer.json());
    expect(answer.status).toBe(400);
    expect([problem.code, problem.where]).toEqual([code, where]);
    expect(problem.expected ?? '').toContain(expected ?? '');
  });

  it('answers an unknown address with the list of those there are, and the nearest', async () => {
    await using served = await serve();
    const answer = await ask(served.server, '/api/v1/statsu?x=1');
    expect(answer.status).toBe(404);
    const problem = Problem.parse(answer.json());
    expect(problem).toMatchObject({ code: 'NOT_FOUND', where: '/api/v1/statsu' });
    expect(problem.message).toBe('There is no GET at /api/v1/statsu. Did you mean /api/v1/status?');
    for (const path of ['/', '/healthz', '/readyz', '/metrics', '/openapi.json', '/asyncapi.json', '/api/v1/connections', '/live']) {
      expect(problem.expected?.split(' ')).toContain(path);
    }
    expect((await ask(served.server, '/api/v1/status', {}, 'POST')).status).toBe(404);
  });

  it('answers in HTTP/1.1 who offers HTTP/2, as Java and curl do', async () => {
    await using served = await serve();
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };
    expect((await ask(served.server, '/api/v1/status', headers)).status).toBe(200);
  });

  it('answers what is no HTTP in the same form, and hangs up', async () => {
    await using served = await serve();
    const socket = connect({ host: served.server.host, port: served.server.port });
    socket.write('what is this\r\n\r\n');
    const [head, body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 400 ');
    expect(Problem.parse(JSON.parse(body))).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('logs its own failure and answers without the details', async () => {
    await using served = await serve();
    served.observed.netstack = () => Promise.reject(new Error('disk on fire'));
    const answer = await ask(served.server, '/api/v1/netstack');
    expect([answer.status, Problem.parse(answer.json()).code]).toEqual([500, 'INTERNAL']);
    expect(answer.text).not.toContain('disk on fire');
    expect(served.logged()).toContain('disk on fire');
  });

  it('describes itself: every route of the API in OpenAPI 3.1, both directions of the stream in AsyncAPI', async () => {
    await using served = await serve();
    const openapi = (await ask(served.server, '/openapi.json')).json();
    expect(openapi).toMatchObject({ openapi: '3.1.0', info: { title: 'Synoptic', version: '0.1.0' } });
    expect(openapi).toHaveProperty(['paths', '/api/v1/connections', 'get', 'parameters', 0, 'name'], 'filter');
    for (const path of ['/healthz', '/readyz', '/metrics', '/api/v1/status', '/api/v1/time-wait', '/api/v1/netstack']) {
      expect(openapi).toHaveProperty(['paths', path, 'get', 'responses', '200']);
    }
    const asyncapi = (await ask(served.server, '/asyncapi.json')).json();
    expect(asyncapi).toMatchObject({ asyncapi: '3.0.0', channels: { live: { address: '/live' } } });
    expect(JSON.stringify(asyncapi)).toContain('"const":"snapshot"');
  });
});

describe('health', () => {
  it('is alive as soon as it answers, and ready only while the kernel is heard', async () => {
    await using served = await serve();
    const { server, observed } = served;
    expect((await ask(server, '/readyz')).json()).toEqual({ ready: true, mode: 'live' });
    observed.set({ phase: 'blind', reason: 'bpftrace was killed; starting it again in 2 s' });
    const blind = await ask(server, '/readyz');
    expect(blind.status).toBe(503);
    expect(blind.json()).toEqual({ ready: false, phase: 'blind', reason: 'bpftrace was killed; starting it again in 2 s' });
    observed.set({ phase: 'starting', reason: null });
    expect((await ask(server, '/readyz')).json()).toMatchObject({
      ready: false,
      reason: expect.stringContaining('no connection of our own'),
    });
    expect((await ask(server, '/healthz')).json()).toEqual({ alive: true });
  });

  it('is ready in a demo, which says that it is one', async () => {
    await using served = await serve();
    served.observed.set({ mode: 'demo', phase: 'ended' });
    expect((await ask(served.server, '/readyz')).json()).toEqual({ ready: true, mode: 'demo' });
  });

  it('serves metrics as Prometheus reads them', async () => {
    await using served = await serve();
    const answer = await ask(served.server, '/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toContain('\nsynoptic_observing 1\n');
  });
});

describe('the page', () => {
  it('says how to build it where it is not built', async () => {
    await using served = await serve();
    const answer = await ask(served.server, '/');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(answer.text).toContain('npm run build');
  });

  it('is served with its assets and a strict policy, and nothing beside its folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'synoptic-viewer-'));
    try {
      await mkdir(join(folder, 'viewer', 'assets'), { recursive: true });
      await writeFile(join(folder, 'secret.txt'), 'secret');
      await writeFile(join(folder, 'viewer', 'index.html'), '<!doctype html><title>Synoptic</title>');
      await writeFile(join(folder, 'viewer', 'assets', 'main-abc123.js'), 'export {};');
      await writeFile(join(folder, 'viewer', 'assets', 'main-abc123.js.gz'), gzipSync('export {};'));
      await using served = await serve({ viewerDir: join(folder, 'viewer') });
      const page = await ask(served.server, '/');
      expect(page.text).toContain('<title>Synoptic</title>');
      expect(page.headers['cache-control']).toBe('no-cache');
      const policy = page.headers['content-security-policy'];
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|\*/);
      const asset = await ask(served.server, '/assets/main-abc123.js');
      expect([asset.status, asset.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
      expect([asset.headers['content-encoding'], asset.text]).toEqual([undefined, 'export {};']);
      const packed = await ask(served.server, '/assets/main-abc123.js', { 'accept-encoding': 'gzip, deflate, br' });
      expect([packed.headers['content-encoding'], packed.headers['content-type']]).toEqual(['gzip', asset.headers['content-type']]);
      expect(packed.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      for (const path of ['/../secret.txt', '/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt']) {
        const answer = await ask(served.server, path);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(answer.text).not.toBe('secret');
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
