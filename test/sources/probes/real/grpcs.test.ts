import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../lab/until.ts';
import { Asking, openSockets, outcome } from '../asking.ts';
import { RealServer } from './server.ts';

/** A health service as grpc-go answers, behind nginx, which ends TLS and speaks HTTP/2 to both sides. */
let service: Http2Server;
let front: RealServer;
/** nginx with TLS, and without HTTP/2. */
let old: RealServer;
let asking: Asking;
let health = 1;
let asked: string[] = [];

beforeAll(async () => {
  service = createServer();
  service.on('stream', (stream, headers) => {
    asked.push(String(headers[':path']), String(headers['x-request-id']));
    stream.resume();
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, health]));
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  front = await RealServer.nginx(`location / { grpc_pass grpc://127.0.0.1:${port}; }`, 'localhost', true);
  old = await RealServer.nginx('location / { return 200; }', 'localhost');
});

afterAll(async () => {
  await front[Symbol.asyncDispose]();
  await old[Symbol.asyncDispose]();
  const closed = once(service, 'close');
  service.close();
  await closed;
});

beforeEach(() => {
  asking = new Asking();
  health = 1;
  asked = [];
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket of a probe is left', () => openSockets() === 0);
});

const trusting = ({ folder }: RealServer) => ({ ca: readFileSync(`${folder}/localhost.pem`, 'utf8'), servername: 'localhost' });

describe('grpcs', () => {
  it('asks through TLS, agreed on by ALPN, and believes SERVING', async () => {
    const made = await asking.ask(`grpcs://127.0.0.1:${front.port}/shop.v1.Checkout`, trusting(front));
    expect(outcome(made)).toBe('alive: SERVING');
    expect(asked).toEqual(['/grpc.health.v1.Health/Check', 'request-1']);
    expect(made.tls).toMatchObject({ version: expect.stringMatching(/^TLSv1\.[23]$/), subject: 'localhost', fault: null });
    const { connected, secured, firstWrite, firstByte, done, closed } = made.moments;
    const times = [connected, secured, firstWrite, firstByte, done, closed].map(Number);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('is not alive where the service says so, whatever TLS says', async () => {
    health = 2;
    expect(outcome(await asking.ask(`grpcs://127.0.0.1:${front.port}`, trusting(front)))).toBe('wrong-answer: the server is NOT_SERVING');
  });

  it('asks nothing of a server whose certificate is not to be trusted', async () => {
    const { failure, moments } = await asking.ask(`grpcs://127.0.0.1:${front.port}`, { servername: 'localhost' });
    expect(failure).toMatchObject({ cause: 'certificate', during: 'tls', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(moments.firstWrite).toBe(null);
    expect(asked).toEqual([]);
  });

  it('is a clear wrong answer where TLS is right and HTTP/2 is not spoken', async () => {
    const { failure } = await asking.ask(`grpcs://127.0.0.1:${old.port}`, trusting(old));
    expect(failure).toMatchObject({ cause: 'tls-refused', during: 'tls' });
    expect(failure?.words).not.toBe('');
  });
});
