import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import type { ProbeSettingsIn } from '../../../src/config/probe-settings.ts';
import { parseTarget } from '../../../src/config/probe-target.ts';
import type { ProbeAttempt } from '../../../src/core/model/probe.ts';
import { nowNs } from '../../../src/sources/clock.ts';
import { makeAttempt } from '../../../src/sources/probes/attempt.ts';
import { LoopWatch } from '../../../src/sources/probes/loop-watch.ts';
import { Pool } from '../../../src/sources/probes/pool.ts';

/** Attempts on real targets, with a loop watch and a pool of their own. */
export class Asking implements Disposable {
  readonly watch = new LoopWatch();
  readonly pool = new Pool();
  #attempts = 0;

  async ask(text: string, settings: ProbeSettingsIn = {}): Promise<ProbeAttempt> {
    const target = parseTarget(text, settings);
    this.#attempts += 1;
    const timeoutMs = target.timeoutMs ?? 5000;
    const request = {
      target,
      attempt: this.#attempts,
      reason: 'scheduled',
      requestId: 'request-1',
      plannedNs: nowNs(),
      timeoutMs,
    } as const;
    return await makeAttempt({ ...request, end: new AbortController() }, this);
  }

  [Symbol.dispose](): void {
    this.pool[Symbol.dispose]();
    this.watch[Symbol.dispose]();
  }
}

/** What went wrong, or the answer where nothing did. */
export function outcome({ answer, failure }: ProbeAttempt): string {
  return failure === null ? `alive: ${answer ?? ''}` : `${failure.cause}: ${failure.words}`;
}

/** A server on a free loopback port that does with each connection as told. */
export class Answering implements AsyncDisposable {
  readonly #server: Server;
  readonly sockets = new Set<Socket>();
  /** Connections so far. */
  accepted = 0;

  private constructor(answer: (socket: Socket) => unknown) {
    this.#server = createServer((socket) => {
      this.accepted += 1;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
      answer(socket);
    });
  }

  static async by(answer: (socket: Socket) => unknown, host = '127.0.0.1'): Promise<Answering> {
    const server = new Answering(answer);
    server.#server.listen(0, host);
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** TCP sockets that this process has open: a leaked one stays in it. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
