import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { descendants } from '../../../lab/processes.ts';
import { until } from '../../../lab/until.ts';
import { Asking, openSockets, outcome } from '../asking.ts';
import { RealServer } from './server.ts';

let plain: RealServer;
let secure: RealServer;
/** The certificate that `secure` signed itself. */
let ca: string;
let asking: Asking;

beforeAll(async () => {
  plain =
    await RealServer.nginx(`location /health { default_type application/json; return 200 '{"status":"up","id":"$http_x_request_id"}'; }
    location /loop { return 301 /loop; }`);
  secure = await RealServer.nginx("location / { return 200 'sni=$ssl_server_name'; }", 'localhost');
  ca = readFileSync(`${secure.folder}/localhost.pem`, 'utf8');
});

afterAll(async () => {
  await plain[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
});

beforeEach(() => {
  asking = new Asking();
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

describe('nginx', () => {
  it('is alive by its body, which shows that the request id arrived', async () => {
    const made = await asking.ask(`http://127.0.0.1:${plain.port}/health`, { json: { status: ['ready', 'up'], id: ['request-1'] } });
    expect(outcome(made)).toBe('alive: 200 OK');
  });

  it('is not alive where it redirects in a loop, nor where there is nothing', async () => {
    expect(outcome(await asking.ask(`http://127.0.0.1:${plain.port}/loop`))).toContain('wrong-answer: status 301 to http://127.0.0.1');
    expect((await asking.ask(`http://127.0.0.1:${plain.port}/nothing`)).failure).toMatchObject({ cause: 'wrong-answer', code: '404' });
  });

  it('is trusted in TLS by those who know its certificate, and only under its name', async () => {
    const url = `https://127.0.0.1:${secure.port}/`;
    const known = await asking.ask(url, { ca, servername: 'localhost' });
    expect(outcome(known)).toBe('alive: 200 OK');
    expect(known.tls).toMatchObject({
      version: expect.stringMatching(/^TLSv1\.[23]$/),
      subject: 'localhost',
      issuer: 'localhost',
      fault: null,
    });
    expect(known.moments.secured).not.toBe(null);
    expect((await asking.ask(url, { servername: 'localhost' })).failure).toMatchObject({
      cause: 'certificate',
      during: 'tls',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect((await asking.ask(url, { ca, servername: 'other.example' })).failure).toMatchObject({
      cause: 'certificate',
      words: 'the certificate is for DNS:localhost, not for other.example',
    });
  });

  it('is alive for those who do not verify, and they are told what is wrong', async () => {
    const { failure, tls } = await asking.ask(`tls://127.0.0.1:${secure.port}`, { verify: false });
    expect(failure).toBe(null);
    expect(tls?.fault).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('speaks no TLS on a plain port, and no plain HTTP on a TLS port', async () => {
    expect((await asking.ask(`tls://127.0.0.1:${plain.port}`)).failure).toMatchObject({ cause: 'not-tls', during: 'tls' });
    expect((await asking.ask(`http://127.0.0.1:${secure.port}`)).failure).toMatchObject({ cause: 'wrong-answer', code: '400' });
  });

  it('sees the name that was sent as SNI', async () => {
    const named = await asking.ask(`exchanges://127.0.0.1:${secure.port}`, {
      ...{ ca, servername: 'localhost' },
      steps: [{ send: 'GET / HTTP/1.0\r\n\r\n' }, { expect: 'sni=localhost' }],
    });
    expect(named.failure).toBe(null);
  });

  it('is accepted by its kernel only while its processes are stopped', async () => {
    await using stopped = await RealServer.nginx('location / { return 200; }');
    // The worker does the accepting, and comes after its master listens.
    expect(outcome(await asking.ask(`http://127.0.0.1:${stopped.port}/`))).toBe('alive: 200 OK');
    for (const { pid } of descendants(stopped.pid)) process.kill(pid, 'SIGSTOP');
    try {
      const made = await asking.ask(`http://127.0.0.1:${stopped.port}/`, { timeout: '150ms' });
      expect(made.failure).toMatchObject({ cause: 'no-answer' });
      expect(made.moments.connected).not.toBe(null);
      expect((await asking.ask(`tcp://127.0.0.1:${stopped.port}`)).failure).toBe(null);
    } finally {
      for (const { pid } of descendants(stopped.pid)) process.kill(pid, 'SIGCONT');
    }
  });
});
