import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healthRequest, healthStatus } from '../../../src/sources/probes/grpc-message.ts';
import { until } from '../../lab/until.ts';
import { Answering, Asking, openSockets, outcome } from './asking.ts';

let asking: Asking;
let server: Http2Server;
let port: number;
/** What the last call asked with. */
let asked: { readonly headers: Record<string, unknown>; readonly body: Buffer };
/** How it is answered. */
let answer: (stream: ServerHttp2Stream) => void;

beforeEach(async () => {
  asking = new Asking();
  server = createServer();
  server.on('stream', (stream, headers) => {
    const pieces: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => {
      asked = { headers, body: Buffer.concat(pieces) };
      answer(stream);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  const closed = once(server, 'close');
  server.close();
  await closed;
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

/** As grpc-go answers: the message, then the status in trailers. */
function status(value: number): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, value]));
  };
}

/** An error alone: the status stands in the headers. */
function refusal(code: number, message = ''): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code), 'grpc-message': message };
    stream.respond(headers, { endStream: true });
  };
}

describe('a gRPC health probe', () => {
  it('asks grpc.health.v1 for the service that is named, and believes SERVING', async () => {
    answer = status(1);
    const made = await asking.ask(`grpc://127.0.0.1:${port}/shop.v1.Checkout`);
    expect(outcome(made)).toBe('alive: SERVING');
    expect(asked.headers).toMatchObject({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-request-id': 'request-1',
    });
    expect(asked.body).toEqual(Buffer.concat([Buffer.from([0, 0, 0, 0, 18, 10, 16]), Buffer.from('shop.v1.Checkout')]));
    expect(made.bytesReceived).toBeGreaterThan(50);
    expect(Number(made.moments.firstByte)).toBeGreaterThan(Number(made.moments.connected));
  });

  it('does not take an answer for health: NOT_SERVING is not alive', async () => {
    answer = status(2);
    expect(outcome(await asking.ask(`grpc://127.0.0.1:${port}`))).toBe('wrong-answer: the server is NOT_SERVING');
  });

  it('tells a server without the service from one without a health service', async () => {
    answer = refusal(5);
    expect(outcome(await asking.ask(`grpc://127.0.0.1:${port}/x`))).toBe('wrong-answer: the server knows no service "x"');
    answer = refusal(12);
    expect(outcome(await asking.ask(`grpc://127.0.0.1:${port}`))).toBe('wrong-answer: the server speaks gRPC and has no grpc.health.v1');
    answer = refusal(14, 'out%20of%20order');
    expect(outcome(await asking.ask(`grpc://127.0.0.1:${port}`))).toBe('wrong-answer: grpc-status 14: out of order');
  });

  it('is not taken in by an HTTP/2 server that is none of gRPC’s', async () => {
    answer = (stream) => {
      stream.respond({ ':status': 404 });
      stream.end('no');
    };
    expect(outcome(await asking.ask(`grpc://127.0.0.1:${port}`))).toContain('HTTP status 404');
  });

  it('names silence, a torn conversation and another protocol for what they are', async () => {
    answer = () => undefined;
    expect((await asking.ask(`grpc://127.0.0.1:${port}`, { timeout: '100ms' })).failure?.cause).toBe('slow-application');
    answer = (stream) => stream.session?.destroy();
    expect((await asking.ask(`grpc://127.0.0.1:${port}`)).failure?.cause).toBe('ended-early');
    await using http1 = await Answering.by((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await asking.ask(`grpc://127.0.0.1:${http1.port}`)).failure?.cause).toBe('wrong-answer');
  });

  it('bounds an answer that does not end', async () => {
    answer = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write(Buffer.alloc(100_000));
    };
    expect(outcome(await asking.ask(`grpc://127.0.0.1:${port}`))).toContain('which is no HealthCheckResponse');
  });
});

describe('its messages', () => {
  it('encode a service of any length', () => {
    expect(healthRequest('')).toEqual(Buffer.alloc(5));
    expect([...healthRequest('a'.repeat(300)).subarray(0, 8)]).toEqual([0, 0, 0, 1, 47, 10, 172, 2]);
  });

  it('decode what the standard allows, and nothing else', () => {
    expect(healthStatus(Buffer.from([0, 0, 0, 0, 0]))).toBe('UNKNOWN');
    expect(healthStatus(Buffer.from([0, 0, 0, 0, 2, 8, 9]))).toBe('status 9');
    for (const bad of [[], [0], [1, 0, 0, 0, 2, 8, 1], [0, 0, 0, 0, 3, 8, 1], [0, 0, 0, 0, 2, 16, 1]]) {
      expect(healthStatus(Buffer.from(bad))).toBe('not readable');
    }
  });
});
