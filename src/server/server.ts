import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { parseFilter } from '../formats/filter.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import type { LiveSink } from '../sinks/live.ts';
import type { MetricsSink } from '../sinks/metrics.ts';
import type { Observation } from '../sinks/observation.ts';
import { ProbeBoard } from '../sinks/probe-board.ts';
import type { Steering } from '../sinks/steering.ts';
import { type Core, coreOf } from './core.ts';
import { SERVE_LIMITS, type ServeLimits } from './limits.ts';
import { errorOf, type FromWorker, faultOf, type ToWorker, type WorkerOptions } from './messages.ts';
import { urlHost } from './options.ts';
import { Outlet } from './outlet.ts';

export interface ServerOptions extends Omit<WorkerOptions, 'logLevel' | 'version' | 'answerWithinMs' | 'limits'> {
  readonly observation: Observation;
  readonly live: LiveSink;
  readonly metrics: MetricsSink;
  /** What is probed. @default nothing */
  readonly probes?: ProbeBoard;
  /** Null where nothing is recorded. */
  readonly captures: Captures | null;
  /** Null where nothing is replayed. */
  readonly steering: Steering | null;
  /** Lines of JSON, as pino makes them, of this level and above. */
  readonly log: { readonly level: string; write(line: string): void };
  /** The server has ended by itself, and why; until disposed of it is called at most once. */
  onEnd(reason: string): void;
  /** One that was started beforehand; nobody else may use it. @default one of its own */
  readonly thread?: ServingThread;
  readonly answerWithinMs?: number;
  /** @default SERVE_LIMITS */
  readonly limits?: Partial<ServeLimits>;
}

/** A server that listens. Disposing it closes every connection within a second. */
export interface Server extends AsyncDisposable {
  readonly host: string;
  /** The real one, also where 0 was asked for. */
  readonly port: number;
  /** For example `http://127.0.0.1:7373`. */
  readonly url: string;
}

/** A storm's second may pass; who asks for health waits three. */
const ANSWER_WITHIN_MS = 2000;
/** Clients have half a second to say goodbye. */
const STOP_WITHIN_MS = 2000;

/** A thread that will serve: it loads what it needs, a quarter of a second, and waits for {@link startServer}. */
export class ServingThread implements AsyncDisposable {
  readonly worker: Worker;
  /** Why it has ended; null while it has not. */
  ended: string | null = null;

  constructor() {
    // This file's own ending: .ts from the sources, .js once built. The name is the thread's, which events of its own sockets show.
    // What it sends lies outside its heap, so a small young generation costs nothing, and saves 5 MB.
    this.worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
      name: 'synoptic',
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.worker.once('error', (error) => {
      this.ended = error instanceof Error ? error.message : String(error);
    });
    this.worker.once('exit', (code) => {
      this.ended ??= `its thread exited with ${code}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }
}

/**
 * Serves the page, the API, the metrics and the live stream, from a thread of its own: nothing a client does or leaves undone holds up
 * this one.
 *
 * @throws SynopticError TOKEN_REQUIRED, LISTEN_IN_USE or LISTEN_REFUSED; nothing is left listening then.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = new RunningServer(options);
  const { host, port } = await server.listening;
  return { host, port, url: `http://${urlHost(host)}:${port}`, [Symbol.asyncDispose]: () => server.stop() };
}

class RunningServer {
  readonly listening: Promise<{ readonly host: string; readonly port: number }>;
  readonly #options: ServerOptions;
  readonly #worker: Worker;
  readonly #outlet: Outlet;
  readonly #core: Core;
  readonly #exited: Promise<unknown>;
  #stopping = false;

  constructor(options: ServerOptions) {
    const { listen, token, allowedOrigins, viewerDir, log, observation, live, metrics, answerWithinMs = ANSWER_WITHIN_MS } = options;
    const { version, host } = observation.status();
    const limits = { ...SERVE_LIMITS, ...options.limits };
    const beginning: WorkerOptions = { listen, token, allowedOrigins, viewerDir, logLevel: log.level, version, answerWithinMs, limits };
    this.#options = options;
    const thread = options.thread ?? new ServingThread();
    this.#worker = thread.worker;
    this.#outlet = new Outlet((message, transfer) => this.#worker.postMessage(message, transfer));
    const { captures, steering } = options;
    this.#core = coreOf({ observation, metrics, board: options.probes ?? new ProbeBoard(host), captures, steering });
    this.#exited = once(this.#worker, 'exit').catch(() => undefined);
    this.#post({ type: 'begin', options: beginning });
    live.attach(this.#outlet);
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly host: string; readonly port: number }>();
    this.listening = promise;
    let up = false;
    this.#worker.on('message', (message: FromWorker) => {
      if (message.type === 'listening') {
        up = true;
        resolve(message);
      } else if (message.type === 'refused') {
        this.#stopping = true;
        void this.#exited.then(() => reject(errorOf(message.fault)));
      } else this.#take(message);
    });
    const ended = (reason: string): void => {
      if (this.#stopping) return;
      this.#stopping = true;
      live[Symbol.dispose]();
      const words = `The server ended by itself: ${reason}. Nothing is served any more.`;
      if (up) options.onEnd(words);
      else reject(new Error(words));
    };
    const over = (): void => ended(String(thread.ended));
    if (thread.ended !== null) over();
    this.#worker.once('error', over);
    this.#worker.once('exit', over);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#post({ type: 'stop' });
    const timer = new AbortController();
    await Promise.race([this.#exited, delay(STOP_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    await this.#worker.terminate();
    this.#options.live[Symbol.dispose]();
  }

  #take(message: Exclude<FromWorker, { type: 'listening' | 'refused' }>): void {
    const { live, log } = this.#options;
    if (message.type === 'connect') live.connect(message.client);
    else if (message.type === 'subscribe') live.subscribe(message.client, { kinds: message.kinds, filter: parseFilter(message.filter) });
    else if (message.type === 'leave') live.close(message.client);
    else if (message.type === 'missed') live.miss(message.events);
    else if (message.type === 'waiting') live.wait(message.events, message.bytes);
    else if (message.type === 'taken') this.#outlet.taken(message.bytes);
    else if (message.type === 'log') log.write(message.line);
    else void this.#answer(message);
  }

  async #answer({ id, name, args }: Extract<FromWorker, { type: 'call' }>): Promise<void> {
    // CoreLink typed the arguments by the call's name.
    const answer = this.#core[name] as (...args: readonly unknown[]) => Promise<unknown>;
    try {
      const value = await answer(...args);
      this.#post({ type: 'answer', id, value });
    } catch (error) {
      this.#post({ type: 'fault', id, fault: faultOf(error) });
    }
  }

  #post(message: ToWorker): void {
    const value = message.type === 'answer' ? message.value : null;
    this.#worker.postMessage(message, value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : []);
  }
}
