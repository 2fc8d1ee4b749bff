import type { EventKind } from '../core/model/event.ts';
import type { ServerMessage } from '../formats/live.ts';
import type { Bytes, LiveMessage, LiveSpan } from '../sinks/live-outlet.ts';
import { LiveClient, type LiveLimits, type LiveSocket } from './live-client.ts';

/** What the clients say to the live sink. */
export type LiveRequest =
  | { readonly type: 'connect'; readonly client: number }
  /** `filter` is canonical, and was understood. */
  | { readonly type: 'subscribe'; readonly client: number; readonly kinds: readonly EventKind[]; readonly filter: string }
  | { readonly type: 'leave'; readonly client: number }
  /** Events that did not reach clients, all of them together. */
  | { readonly type: 'missed'; readonly events: number }
  /** What waits for all of them now; said once a second. */
  | { readonly type: 'waiting'; readonly events: number; readonly bytes: number }
  /** Bytes of batches taken over. */
  | { readonly type: 'taken'; readonly bytes: number };

/** What a connected client may do. */
export interface LiveSession {
  subscribe(kinds: readonly EventKind[], filter: string): void;
  tell(message: ServerMessage): void;
  /** The connection is gone: forget it. */
  close(): void;
}

const LIMITS: LiveLimits = { maxEvents: 20_000, maxBytes: 16 * 1024 * 1024, maxBuffered: 4 * 1024 * 1024 };

/** All connections of `/live`, on the serving side: hands the live sink's messages on to those they are for. */
export class LiveClients {
  readonly #request: (request: LiveRequest) => void;
  readonly #limits: LiveLimits;
  readonly #clients = new Map<number, LiveClient>();
  /** Which channel a client is in, and who is in a channel. */
  readonly #channelOf = new Map<number, number>();
  readonly #members = new Map<number, Map<number, LiveClient>>();
  #next = 1;

  constructor(request: (request: LiveRequest) => void, limits: Partial<LiveLimits> = {}) {
    this.#request = request;
    this.#limits = { ...LIMITS, ...limits };
  }

  get size(): number {
    return this.#clients.size;
  }

  connect(socket: LiveSocket): LiveSession {
    const id = this.#next++;
    const client = new LiveClient(socket, this.#limits);
    this.#clients.set(id, client);
    this.#request({ type: 'connect', client: id });
    return {
      subscribe: (kinds, filter) => this.#request({ type: 'subscribe', client: id, kinds, filter }),
      tell: (message) => client.tell(Buffer.from(JSON.stringify(message))),
      close: () => {
        if (!this.#clients.delete(id)) return;
        this.#leave(id);
        this.#request({ type: 'leave', client: id });
      },
    };
  }

  /** Takes a message of the live sink, and sends it to whom it is for. */
  take(message: LiveMessage): void {
    switch (message.type) {
      case 'tell': {
        const bytes = bufferOf(message.bytes);
        for (const client of message.clients === null ? this.#clients.values() : this.#some(message.clients)) client.tell(bytes);
        if (message.clients === null) this.#sayWaiting();
        return;
      }
      case 'join':
        for (const id of message.clients) this.#join(id, message.channel, message.turn);
        return;
      case 'snapshot': {
        const bytes = bufferOf(message.bytes);
        for (const client of this.#some(message.clients)) client.snapshot(message.turn, bytes);
        return;
      }
      case 'batch': {
        const bytes = bufferOf(message.bytes);
        this.#each(message, (client) => client.batch(message, bytes));
        this.#request({ type: 'taken', bytes: bytes.length });
        return;
      }
      case 'skip':
        this.#each(message, (client) => client.skip(message));
        return;
      case 'restart': {
        const bytes = bufferOf(message.bytes);
        for (const id of this.#clients.keys()) this.#leave(id);
        for (const client of this.#clients.values()) client.restart(bytes);
        return;
      }
    }
  }

  #sayWaiting(): void {
    let [events, bytes] = [0, 0];
    for (const { waiting } of this.#clients.values()) {
      events += waiting.events;
      bytes += waiting.bytes;
    }
    this.#request({ type: 'waiting', events, bytes });
  }

  #each({ channel }: LiveSpan, give: (client: LiveClient) => number): void {
    let missed = 0;
    for (const client of this.#members.get(channel)?.values() ?? []) missed += give(client);
    if (missed > 0) this.#request({ type: 'missed', events: missed });
  }

  #some(ids: readonly number[]): LiveClient[] {
    return ids.map((id) => this.#clients.get(id)).filter((client) => client !== undefined);
  }

  #join(id: number, channel: number, turn: number): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    this.#leave(id);
    this.#channelOf.set(id, channel);
    const members = this.#members.get(channel) ?? new Map<number, LiveClient>();
    this.#members.set(channel, members.set(id, client));
    client.join(turn);
  }

  #leave(id: number): void {
    const channel = this.#channelOf.get(id);
    if (channel === undefined) return;
    this.#channelOf.delete(id);
    const members = this.#members.get(channel);
    members?.delete(id);
    if (members?.size === 0) this.#members.delete(channel);
  }
}

/** A view, not a copy: one batch is sent to everybody from one place. */
function bufferOf({ buffer, byteOffset, byteLength }: Bytes): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
