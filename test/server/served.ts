import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { ServerMessage } from '../../src/formats/live.ts';
import { type Server, type ServerOptions, startServer } from '../../src/server/server.ts';
import { type LiveOptions, LiveSink } from '../../src/sinks/live.ts';
import { MetricsSink } from '../../src/sinks/metrics.ts';
import { Observed } from '../sinks/observed.ts';

export interface Served extends AsyncDisposable {
  readonly server: Server;
  readonly observed: Observed;
  readonly live: LiveSink;
  /** Everything logged so far, at every level. */
  readonly logged: () => string;
}

/** A real server on a free loopback port over an observation in memory. */
export async function serve({ recent, ...options }: Partial<ServerOptions> & Pick<LiveOptions, 'recent'> = {}): Promise<Served> {
  const observed = new Observed();
  const { observation = observed } = options;
  const live = new LiveSink({ observation, ...(recent === undefined ? {} : { recent }) });
  const metrics = new MetricsSink({ observation, live });
  const lines: string[] = [];
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    allowedOrigins: [],
    observation: observed,
    live,
    metrics,
    captures: null,
    steering: null,
    viewerDir: '/nonexistent',
    log: { level: 'trace', write: (line) => void lines.push(line) },
    onEnd: (reason) => void lines.push(reason),
    ...options,
  });
  return {
    server,
    observed,
    live,
    logged: () => lines.join(''),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      live[Symbol.dispose]();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: () => unknown;
}

/** One request with exactly these headers; fetch would not let Host and Origin be chosen. */
export async function ask(server: Server, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const request = httpRequest({ host: server.host, port: server.port, path, method, headers, agent: false });
  request.end();
  const [response] = await once(request, 'response');
  const body = await text(response);
  return { status: response.statusCode, headers: response.headers, text: body, json: () => JSON.parse(body) };
}

/** The status with which an upgrade to a WebSocket was answered: 101 where it was granted. */
export async function upgrade(server: Server, path: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
  // Where it is refused, ws also reports an error, which is not of interest here.
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
  });
  socket.terminate();
  return status;
}

/** A real WebSocket client that keeps what it gets and lets tests wait for it. */
export class Client implements Disposable {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly closed: Promise<number>;
  #wake: (() => void)[] = [];

  constructor(server: Server, path = '/live') {
    this.socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`);
    this.socket.on('message', (data) => {
      this.messages.push(ServerMessage.parse(JSON.parse(String(data))));
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
  }

  /** Resolves once what was received fulfils `condition`. */
  async until(condition: (messages: readonly ServerMessage[]) => boolean): Promise<void> {
    while (!condition(this.messages)) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  async subscribed(fields: object = {}): Promise<void> {
    await this.until((messages) => messages.length > 0);
    const before = this.all('snapshot').length;
    this.socket.send(JSON.stringify({ type: 'subscribe', ...fields }));
    await this.until(() => this.all('snapshot').length > before);
  }

  all<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.messages.filter((message): message is Extract<ServerMessage, { type: T }> => message.type === type);
  }

  get seqs(): number[] {
    return this.all('batch').flatMap((batch) => batch.events.map((event) => event.seq));
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
