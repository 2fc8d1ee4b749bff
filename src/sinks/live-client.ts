import type { Event, EventKind } from '../core/model/event.ts';
import type { Filter } from '../formats/filter.ts';
import type { ServerMessage } from '../formats/live.ts';

/** The way out to one browser or program; the server makes it of a WebSocket. */
export interface LiveSocket {
  /** Bytes handed over and not yet taken by the kernel. */
  readonly bufferedAmount: number;
  send(text: string): void;
}

/** What a client asked for. */
export interface Subscription {
  readonly kinds: readonly EventKind[];
  readonly filter: Filter;
}

/** How much may wait for one client. */
export interface LiveLimits {
  /** Events queued here. */
  readonly maxEvents: number;
  /** Bytes queued in the socket; nothing more is handed over while there are more. */
  readonly maxBytes: number;
  /** Events in one message. */
  readonly batch: number;
}

/** Makes the snapshot that a subscription begins with. */
export type Snapshot = (subscription: Subscription) => Extract<ServerMessage, { type: 'snapshot' }>;

/**
 * One client's queue. Once it is full, events are counted instead of kept until all that waited has gone out; then a `gap` says how many
 * were missed, so that its place among the events is right. What waits is bounded whatever the client does or does not read.
 */
export class LiveClient {
  readonly #socket: LiveSocket;
  readonly #limits: LiveLimits;
  #subscription: Subscription | null = null;
  /** Asked for while earlier events still waited; only the last counts. */
  #wanted: Subscription | null = null;
  #kinds: ReadonlySet<EventKind> = new Set();
  /** Events up to here are in the snapshot. */
  #afterSeq = 0;
  #lines: string[] = [];
  #missed = 0;
  #missedFrom = 0;
  #missedTo = 0;

  constructor(socket: LiveSocket, limits: LiveLimits) {
    this.#socket = socket;
    this.#limits = limits;
  }

  /** Takes effect, with a snapshot, once what fitted the subscription before has gone out. */
  subscribe(subscription: Subscription): void {
    this.#wanted = subscription;
  }

  wants(event: Event, host: string): boolean {
    const subscription = this.#subscription;
    return subscription !== null && event.seq > this.#afterSeq && this.#kinds.has(event.kind) && subscription.filter.matches(event, host);
  }

  get full(): boolean {
    return this.#missed > 0 || this.#lines.length >= this.#limits.maxEvents;
  }

  /** Events queued here. */
  get waitingEvents(): number {
    return this.#lines.length;
  }

  /** Bytes queued in the socket. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  queue(line: string): void {
    this.#lines.push(line);
  }

  miss(seq: number): void {
    if (this.#missed === 0) this.#missedFrom = seq;
    this.#missed++;
    this.#missedTo = seq;
  }

  /** Sends what may be sent now: events, then the gap behind them, then the snapshot of a new subscription. */
  flush(snapshot: Snapshot): void {
    let from = 0;
    while (from < this.#lines.length && !this.#stuck) {
      const lines = this.#lines.slice(from, from + this.#limits.batch);
      from += lines.length;
      this.#socket.send(`{"type":"batch","events":[${lines.join(',')}]}`);
    }
    if (from > 0) this.#lines = this.#lines.slice(from);
    if (this.#lines.length > 0 || this.#stuck) return;
    if (this.#missed > 0) {
      this.#send({ type: 'gap', missed: this.#missed, fromSeq: this.#missedFrom, toSeq: this.#missedTo });
      this.#missed = 0;
    }
    if (this.#wanted !== null) this.#begin(this.#wanted, snapshot);
  }

  /** Another run begins, with `seq` from 1: what waits is of the one before; the subscription holds, and gets a new snapshot. */
  restart(): void {
    this.#lines = [];
    this.#missed = 0;
    this.#afterSeq = 0;
    this.#wanted ??= this.#subscription;
    this.#subscription = null;
  }

  /** For messages that only matter now: left out while the client does not read. */
  tell(message: ServerMessage): void {
    if (!this.#stuck) this.#send(message);
  }

  #begin(subscription: Subscription, snapshot: Snapshot): void {
    const message = snapshot(subscription);
    this.#wanted = null;
    this.#subscription = subscription;
    this.#kinds = new Set(subscription.kinds);
    this.#afterSeq = message.seq;
    this.#send(message);
  }

  #send(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  get #stuck(): boolean {
    return this.#socket.bufferedAmount > this.#limits.maxBytes;
  }
}
