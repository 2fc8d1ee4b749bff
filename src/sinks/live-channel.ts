import { EVENT_KINDS, type EventKind } from '../core/model/event.ts';
import type { Filter } from '../formats/filter.ts';
import type { Bytes, LiveOutlet } from './live-outlet.ts';

/** What a client asked for. */
export interface Subscription {
  readonly kinds: readonly EventKind[];
  readonly filter: Filter;
}

/** Equal for subscriptions that get the same events, however they were written. */
export function keyOf({ kinds, filter }: Subscription): string {
  return `${EVENT_KINDS.filter((kind) => kinds.includes(kind)).join()} ${filter.text}`;
}

/** Events in one message at most; a batch that is full goes out at once. */
const BATCH = 2000;

const encoder = new TextEncoder();

export function bytesOf(message: object): Bytes {
  return encoder.encode(JSON.stringify(message));
}

/** All clients with the same subscription: their events are chosen, joined and encoded once. */
export class LiveChannel {
  readonly id: number;
  readonly subscription: Subscription;
  readonly clients = new Set<number>();
  readonly #outlet: LiveOutlet;
  #text = '';
  /** Of the events that wait here, printed or skipped. */
  #events = 0;
  #fromSeq = 0;
  #toSeq = 0;

  constructor(id: number, subscription: Subscription, outlet: LiveOutlet) {
    this.id = id;
    this.subscription = subscription;
    this.#outlet = outlet;
  }

  add(seq: number, line: string): void {
    if (this.#events > 0 && this.#text === '') this.flush();
    this.#text += this.#events === 0 ? line : `,${line}`;
    this.#count(seq);
    if (this.#events >= BATCH) this.flush();
  }

  /** One that fitted and is not sent. */
  skip(seq: number): void {
    if (this.#text !== '') this.flush();
    this.#count(seq);
  }

  /** Posts what waits here. */
  flush(): void {
    if (this.#events === 0) return;
    const span = { channel: this.id, events: this.#events, fromSeq: this.#fromSeq, toSeq: this.#toSeq };
    if (this.#text === '') this.#outlet.post({ type: 'skip', ...span });
    else this.#outlet.post({ type: 'batch', bytes: encoder.encode(`{"type":"batch","events":[${this.#text}]}`), ...span });
    this.clear();
  }

  clear(): void {
    this.#text = '';
    this.#events = 0;
  }

  #count(seq: number): void {
    if (this.#events === 0) this.#fromSeq = seq;
    this.#events++;
    this.#toSeq = seq;
  }
}
