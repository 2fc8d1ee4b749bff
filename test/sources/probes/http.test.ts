import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { Answering, Asking, openSockets, outcome } from './asking.ts';

let asking: Asking;

beforeEach(() => {
  asking = new Asking();
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

/** A server that answers a request with these bytes, and what it was asked. */
async function saying(response: string, end = true): Promise<{ server: Answering; asked: () => string }> {
  let asked = '';
  const server = await Answering.by((socket) =>
    socket.on('data', (data) => {
      asked += String(data);
      if (!asked.includes('\r\n\r\n')) return;
      socket.write(response);
      if (end) socket.end();
    }),
  );
  return { server, asked: () => asked };
}

const json = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Kind: a-b\r\n\r\n${body}`;

describe('an HTTP probe', () => {
  it('asks as it is told, and says who asks', async () => {
    const { server, asked } = await saying(json('{}'));
    await using _ = server;
    const made = await asking.ask(`http://127.0.0.1:${server.port}/health?deep=1`, { headers: { 'X-Api-Key': 'k' } });
    expect(outcome(made)).toBe('alive: 200 OK');
    const [first, ...headers] = asked().split('\r\n');
    expect(first).toBe('GET /health?deep=1 HTTP/1.1');
    expect(headers).toEqual(
      expect.arrayContaining([`Host: 127.0.0.1:${server.port}`, 'X-Request-ID: request-1', 'X-Api-Key: k', 'Connection: close']),
    );
    expect(made.moments.closed).not.toBe(null);
    expect(Number(made.moments.firstByte)).toBeLessThanOrEqual(Number(made.moments.done));
  });

  it('listens to some informational answers, and not to a server that never comes to the real one', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\n\r\n';
    const { server: polite } = await saying(early.repeat(3) + json('{}'));
    await using _ = polite;
    expect(outcome(await asking.ask(`http://127.0.0.1:${polite.port}/`))).toBe('alive: 200 OK');
    const { server: endless } = await saying(early.repeat(1000), false);
    await using __ = endless;
    expect(outcome(await asking.ask(`http://127.0.0.1:${endless.port}/`))).toBe(
      'wrong-answer: more than 16 informational answers (1xx), and no other',
    );
  });

  it('holds the body’s JSON against what it should say: 200 alone is not health', async () => {
    const { server } = await saying(json('{"status":"degraded","checks":[{"up":true}]}'));
    await using _ = server;
    const url = `http://127.0.0.1:${server.port}/`;
    expect(outcome(await asking.ask(url, { json: { status: ['ready', 'up'] } }))).toBe(
      'wrong-answer: status is degraded, expected ready or up',
    );
    expect(outcome(await asking.ask(url, { json: { 'checks.0.up': ['true'], status: ['degraded'] } }))).toBe('alive: 200 OK');
    expect(outcome(await asking.ask(url, { json: { 'checks.1.up': ['true'] } }))).toBe('wrong-answer: the body has no checks.1.up');
    expect(outcome(await asking.ask(url, { json: { 'constructor.name': ['Object'] } }))).toBe(
      'wrong-answer: the body has no constructor.name',
    );
  });

  it('says so where the body is not JSON', async () => {
    const { server } = await saying(json('<html>fine</html>'));
    await using _ = server;
    expect(outcome(await asking.ask(`http://127.0.0.1:${server.port}`, { json: { status: ['up'] } }))).toBe(
      'wrong-answer: the body is not JSON: "<html>fine</html>"',
    );
  });

  it('looks at headers', async () => {
    const { server } = await saying(json('{}'));
    await using _ = server;
    const url = `http://127.0.0.1:${server.port}`;
    expect(outcome(await asking.ask(url, { expectHeaders: { 'x-kind': 'b' } }))).toBe('alive: 200 OK');
    expect(outcome(await asking.ask(url, { expectHeaders: { 'x-kind': 'c' } }))).toBe('wrong-answer: header x-kind is "a-b", without "c"');
    expect(outcome(await asking.ask(url, { expectHeaders: { 'x-other': 'c' } }))).toBe('wrong-answer: no header x-other');
  });

  it('does not follow redirects, so a loop of them is one answer', async () => {
    const { server } = await saying('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n');
    await using _ = server;
    const url = `http://127.0.0.1:${server.port}/again`;
    expect(outcome(await asking.ask(url))).toBe(
      'wrong-answer: status 302 to /again (redirects are not followed: probe that place itself), expected 200-299',
    );
    expect(outcome(await asking.ask(url, { status: ['302'] }))).toBe('alive: 302 Found');
    expect(server.accepted).toBe(2);
  });

  it('reads a megabyte of a body that goes on for ever, and no more', async () => {
    const piece = Buffer.alloc(65536, ' ');
    await using server = await Answering.by((socket) => {
      const flood = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n');
        socket.on('drain', flood);
        flood();
      });
    });
    const url = `http://127.0.0.1:${server.port}`;
    const made = await asking.ask(url);
    expect(outcome(made)).toBe('alive: 200 OK; body cut at 1048576 bytes');
    expect(made.bytesReceived).toBeLessThan(20_000_000);
    expect(outcome(await asking.ask(url, { json: { status: ['up'] } }))).toContain('longer than 1048576 bytes');
  });

  it('does not wait for a server that dribbles', async () => {
    await using server = await Answering.by((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'));
      const drip = setInterval(() => socket.write('x'), 10);
      socket.once('close', () => clearInterval(drip));
    });
    const made = await asking.ask(`http://127.0.0.1:${server.port}`, { timeout: '150ms' });
    expect(made.failure).toMatchObject({ cause: 'slow-application', during: 'answer' });
  });

  it('tells a reset in the middle of an answer from an end', async () => {
    await using server = await Answering.by((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () => setTimeout(() => socket.resetAndDestroy(), 20)),
      );
    });
    expect((await asking.ask(`http://127.0.0.1:${server.port}`)).failure).toMatchObject({
      cause: 'reset',
      code: 'ECONNRESET',
      during: 'answer',
    });
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'wrong-answer'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde', 'wrong-answer'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', 'ended-early'],
    [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`, 'wrong-answer'],
    ['', 'ended-early'],
  ])('names what is no whole HTTP answer: %j', async (response, cause) => {
    const { server } = await saying(response);
    await using _ = server;
    expect((await asking.ask(`http://127.0.0.1:${server.port}`)).failure?.cause).toBe(cause);
  });
});
