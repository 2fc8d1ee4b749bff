import { setImmediate as turn } from 'node:timers/promises';
import type { EventKind } from '../../src/core/model/event.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import { ServerMessage } from '../../src/formats/live.ts';
import type { LiveLimits } from '../../src/server/live-client.ts';
import { LiveClients, type LiveRequest, type LiveSession } from '../../src/server/live-clients.ts';
import { Outlet } from '../../src/server/outlet.ts';
import { type Every, LiveSink } from '../../src/sinks/live.ts';
import type { LiveMessage } from '../../src/sinks/live-outlet.ts';
import { Observed } from '../sinks/observed.ts';

/** A client's end of the line: keeps what it was sent, and says how much waits while it does not read. */
export class Reader {
  bufferedAmount = 0;
  readonly texts: string[] = [];
  readonly buffers: Buffer[] = [];
  reading = true;
  #taken: (() => void)[] = [];

  send(bytes: Buffer, taken: () => void): void {
    this.texts.push(bytes.toString());
    this.buffers.push(bytes);
    if (this.reading) return;
    this.bufferedAmount += bytes.length;
    this.#taken.push(taken);
  }

  stall(): void {
    this.reading = false;
  }

  catchUp(): void {
    this.reading = true;
    this.bufferedAmount = 0;
    for (const taken of this.#taken.splice(0)) taken();
  }

  get messages(): ServerMessage[] {
    return this.texts.map((text) => ServerMessage.parse(JSON.parse(text)));
  }

  get seqs(): number[] {
    return this.messages.flatMap((message) => (message.type === 'batch' ? message.events.map((event) => event.seq) : []));
  }

  get types(): string[] {
    return this.messages.map((message) => message.type);
  }
}

/** Time turned by hand: runs what is due each time it is asked to. */
export function clockwork(): { every: Every; tick(ms: number): void; running(): number } {
  const tasks = new Map<object, { ms: number; task: () => void }>();
  return {
    every: (ms, task) => {
      const key = {};
      tasks.set(key, { ms, task });
      return () => tasks.delete(key);
    },
    tick: (ms) => {
      for (const task of [...tasks.values()]) if (task.ms === ms) task.task();
    },
    running: () => tasks.size,
  };
}

/** The live sink and the clients' side of it, joined without a thread between; the real one is in served.ts. */
export function wired(limits: Partial<LiveLimits> & { maxWaitingBytes?: number; maxCopied?: number } = {}) {
  const { maxWaitingBytes = 1e9, maxCopied = 1e9, ...ofClient } = limits;
  const observed = new Observed();
  const clock = clockwork();
  const live = new LiveSink({ observation: observed, every: clock.every, maxWaitingBytes, maxCopied });
  const posted: LiveMessage[] = [];
  /** False holds messages up as a busy thread does. */
  let open = true;
  const clients = new LiveClients((request) => handle(request), ofClient);
  const outlet = new Outlet((message) => {
    posted.push(message);
    if (open) clients.take(message);
  });
  live.attach(outlet);
  function handle(request: LiveRequest): void {
    if (request.type === 'connect') live.connect(request.client);
    else if (request.type === 'subscribe') live.subscribe(request.client, { kinds: request.kinds, filter: parseFilter(request.filter) });
    else if (request.type === 'leave') live.close(request.client);
    else if (request.type === 'missed') live.miss(request.events);
    else if (request.type === 'waiting') live.wait(request.events, request.bytes);
    else outlet.taken(request.bytes);
  }
  return {
    observed,
    clock,
    live,
    clients,
    posted,
    holdUp: () => {
      open = false;
    },
    letThrough: (from: number) => {
      open = true;
      for (const message of posted.slice(from)) clients.take(message);
    },
  };
}

/** Until every snapshot that was asked for is made. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 6; i++) await turn();
}

export async function subscribe(session: LiveSession, filter = '', kinds: readonly EventKind[] = ['state', 'gap']): Promise<void> {
  session.subscribe(kinds, filter);
  await settled();
}
