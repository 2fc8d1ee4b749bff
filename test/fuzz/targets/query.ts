import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { Problem } from '../../../src/formats/problem.ts';
import { buildApp } from '../../../src/server/app.ts';
import { Guard } from '../../../src/server/auth.ts';
import { coreOf } from '../../../src/server/core.ts';
import { SERVE_LIMITS } from '../../../src/server/limits.ts';
import { LiveClients } from '../../../src/server/live-clients.ts';
import type { App } from '../../../src/server/options.ts';
import { LiveSink } from '../../../src/sinks/live.ts';
import { MetricsSink } from '../../../src/sinks/metrics.ts';
import { ProbeBoard } from '../../../src/sinks/probe-board.ts';
import { connection, Observed } from '../../sinks/observed.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import type { Outcome, Reader, Target } from '../target.ts';

const TOKEN = 'a-token-of-sixteen-characters';
const METHODS = ['GET', 'GET', 'GET', 'GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT'] as const;
const PATHS = [
  '/api/v1/connections?filter=port%3D443%20comm%3D%22a%20b%22&limit=10&after=0',
  '/api/v1/findings?filter=addr%3D10.0.0.0/8&limit=200',
  '/api/v1/verdict?filter=state%3DESTABLISHED&unknown=failing',
  '/api/v1/probes?health=weak,dead&limit=1&after=0',
  '/api/v1/probes/tcp%3A%2F%2F10.0.0.7%3A443',
  '/api/v1/captures/20261121T031500-request-1f2e/file',
  '/api/v1/captures/20261121T031500-request-1f2e/notes',
  '/api/v1/captures',
  '/api/v1/status',
  '/api/v1/time-wait',
  '/metrics',
  '/readyz',
  '/healthz',
  '/live',
  '/assets/../../etc/passwd',
  '/',
];
const WORDS = [
  ...[
    '?',
    '&',
    '=',
    '%',
    '%20',
    '%00',
    '%2e%2e%2f',
    '%zz',
    '%ff',
    '/',
    '//',
    '/../',
    ';',
    '+',
    '[]',
    '[x]=',
    '__proto__=',
    'filter=',
    'limit=',
  ],
  ...[
    'after=',
    'token=',
    '-1',
    '1e9',
    '99999999999999999999',
    '0x10',
    'port%3D',
    'comm%3D%22',
    '%22',
    '*',
    ',',
    'NaN',
    'dead',
    'constructor',
  ],
];
const BODIES = ['', 'null', '{}', '{"reason":"x","beforeMs":1}', '{"text":"note"}', '[', '{"text":', '{"__proto__":{"reason":1}}'];
const HOSTS = ['127.0.0.1', 'localhost:80', '[::1]', 'evil.example', '', '127.0.0.1@evil', '[', 'a'.repeat(300)];
const ORIGINS = ['http://127.0.0.1', 'https://evil.example', 'null', '', 'http://', 'http://[', 'https://ops.example.net'];

/** The first answer to what was sent. */
interface Answer {
  readonly status: number;
  /** Empty where it is no JSON. */
  readonly body: string;
}

/** A real server at a socket of its own in the file system, which leaves no ports in TIME_WAIT behind; every request is one connection. */
class Queries implements Reader {
  readonly #app: App;
  readonly #live: LiveSink;
  readonly #path: string;

  private constructor(app: App, live: LiveSink, path: string) {
    this.#app = app;
    this.#live = live;
    this.#path = path;
  }

  static async open(): Promise<Queries> {
    const observation = new Observed();
    observation.table = [connection(1), connection(2, { rport: 80 })];
    const live = new LiveSink({ observation });
    const metrics = new MetricsSink({ observation, live });
    const core = coreOf({ observation, metrics, board: new ProbeBoard('h'), captures: null, steering: null });
    const allowedOrigins = ['https://ops.example.net'];
    const guard = new Guard({ address: '127.0.0.1', host: '127.0.0.1', token: TOKEN, allowedOrigins });
    const options = {
      listen: { host: '127.0.0.1', port: 0 },
      token: TOKEN,
      allowedOrigins,
      viewerDir: '/nonexistent',
      version: '0',
      limits: SERVE_LIMITS,
    };
    const app = await buildApp({ ...options, core, live: new LiveClients(() => undefined), log: pino({ level: 'silent' }) }, guard);
    const path = join(mkdtempSync(join(tmpdir(), 'synoptic-fuzz-')), 'socket');
    await app.listen({ path });
    return new Queries(app, live, path);
  }

  make(random: Random): Buffer {
    const path = mutatedText(random.pick(PATHS), random, PATHS, WORDS);
    const method = random.pick(METHODS);
    const body = method === 'POST' ? mutatedText(random.pick(BODIES), random, BODIES) : '';
    const request = [
      `${method} ${random.oneIn(20) ? path : path.replace(/[^\x21-\x7e]/g, encoded)} HTTP/1.1`,
      `host: ${random.oneIn(4) ? random.pick(HOSTS) : '127.0.0.1'}`,
      'connection: close',
      ...(random.oneIn(4) ? [`origin: ${random.pick(ORIGINS)}`] : []),
      ...(random.oneIn(6) ? [] : [`authorization: Bearer ${TOKEN}${random.oneIn(8) ? 'x' : ''}`]),
      ...(method === 'POST' && !random.oneIn(4) ? [`content-type: ${random.pick(['application/json', 'text/plain', 'x'])}`] : []),
      ...(body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
      ...(random.oneIn(10) ? ['upgrade: websocket', 'connection: upgrade', 'sec-websocket-version: 13'] : []),
      ...['', body],
    ].join('\r\n');
    return Buffer.from(random.oneIn(10) ? mutatedText(request, random, [request], WORDS) : request, 'utf8');
  }

  async read(input: string | Buffer): Promise<Outcome> {
    const answer = await this.#ask(Buffer.from(input));
    if (answer === null) return 'hung up';
    const { status, body } = answer;
    if (status === 500) throw new Error(`500: ${body}`);
    if (status < 400) return 'accepted';
    if (body === '') return `status ${status}`;
    const said = JSON.parse(body) as object;
    // Whatever was asked, a refusal has its code; only /readyz answers 503 with something else.
    return 'ready' in said ? 'accepted' : Problem.parse(said).code;
  }

  async #ask(request: Buffer): Promise<Answer | null> {
    const socket = connect(this.#path);
    socket.on('error', () => undefined); // what the server had no more wish to read
    socket.end(request);
    let answered = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answered += text;
    });
    await once(socket, 'close');
    const [head = '', body = ''] = answered.split('\r\n\r\n', 2);
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
    if (status === undefined) return null;
    const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
    // An answer to HEAD has a length and no body: what follows is the answer to the next request.
    const isJson = length !== undefined && !body.startsWith('HTTP/1.1 ') && /^content-type: application\/json/im.test(head);
    return { status: Number(status), body: isJson ? Buffer.from(body).toString('utf8', 0, Number(length)) : '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app.close();
    this.#live[Symbol.dispose]();
    rmSync(dirname(this.#path), { recursive: true, force: true });
  }
}

function encoded(character: string): string {
  return encodeURIComponent(character.toWellFormed());
}

export const query: Target = {
  name: 'query',
  about: 'HTTP requests: paths, parameters, methods, Host, Origin, token and bodies, through the whole application; a 500 is a crash',
  thousands: 100,
  open: () => Queries.open(),
};
