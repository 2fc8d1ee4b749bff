import type { ServerMessage } from '../formats/live.ts';
import type { LiveSpan } from '../sinks/live-outlet.ts';

/** The way out to one browser or program. */
export interface LiveSocket {
  /** Bytes handed over and not yet taken by the kernel. */
  readonly bufferedAmount: number;
  /** `taken` is called once the kernel has it. */
  send(bytes: Buffer, taken: () => void): void;
}

/** How much may wait for one client. */
export interface LiveLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Bytes in the socket; nothing more is handed over while there are more. */
  readonly maxBuffered: number;
}

interface Waiting {
  readonly events: number;
  /** Null for a snapshot that is still being made. */
  bytes: Buffer | null;
  /** Which join this is the snapshot of. */
  readonly turn: number | null;
}

/**
 * One client's queue. It holds batches that all clients of a channel share, and sends them as they are. Once it is full, batches are counted
 * instead of kept until all that waited has gone out; then a `gap` says how many events were missed, so that its place among them is
 * right. What waits is bounded whatever the client does or does not read.
 */
export class LiveClient {
  readonly #socket: LiveSocket;
  readonly #limits: LiveLimits;
  #queue: Waiting[] = [];
  #events = 0;
  #bytes = 0;
  #missed = 0;
  #missedFrom = 0;
  #missedTo = 0;

  constructor(socket: LiveSocket, limits: LiveLimits) {
    this.#socket = socket;
    this.#limits = limits;
  }

  /** Queued here, and in the socket. */
  get waiting(): { readonly events: number; readonly bytes: number } {
    return { events: this.#events, bytes: this.#bytes + this.#socket.bufferedAmount };
  }

  /** What comes now is of another subscription, and waits for its snapshot. One that was joined and never begun is left out. */
  join(turn: number): void {
    const unbegun = this.#queue.findIndex((waiting) => waiting.turn !== null);
    if (unbegun === -1) this.#queueGap();
    else for (const dropped of this.#queue.splice(unbegun)) this.#release(dropped);
    this.#missed = 0;
    this.#push({ events: 0, bytes: null, turn });
  }

  snapshot(turn: number, bytes: Buffer): void {
    const place = this.#queue.find((waiting) => waiting.turn === turn);
    if (place === undefined) return;
    place.bytes = bytes;
    this.#bytes += bytes.length;
    this.flush();
  }

  /** @returns how many of these events the client misses. */
  batch(span: LiveSpan, bytes: Buffer): number {
    this.flush(); // it may read again by now
    const full = this.#events + span.events > this.#limits.maxEvents || this.#bytes + bytes.length > this.#limits.maxBytes;
    if (full || this.#missed > 0) return this.skip(span);
    this.#push({ events: span.events, bytes, turn: null });
    this.flush();
    return 0;
  }

  /** @returns how many events that is. */
  skip({ events, fromSeq, toSeq }: LiveSpan): number {
    if (this.#missed === 0) this.#missedFrom = fromSeq;
    this.#missed += events;
    this.#missedTo = toSeq;
    this.flush();
    return events;
  }

  /** Another run begins: what waits is of the one before. */
  restart(hello: Buffer): void {
    this.#queue = [];
    this.#events = 0;
    this.#bytes = 0;
    this.#missed = 0;
    this.#push({ events: 0, bytes: hello, turn: null });
    this.flush();
  }

  /** For messages that only matter now: left out while the client does not read. */
  tell(bytes: Buffer): void {
    if (!this.#stuck) this.#send(bytes);
  }

  /** Sends what may be sent now. */
  flush(): void {
    for (let first = this.#queue[0]; first !== undefined && first.bytes !== null && !this.#stuck; first = this.#queue[0]) {
      this.#queue.shift();
      this.#release(first);
      this.#send(first.bytes);
    }
    if (this.#missed === 0 || this.#queue.length > 0 || this.#stuck) return;
    this.#queueGap();
    this.flush();
  }

  #queueGap(): void {
    if (this.#missed === 0) return;
    const gap: ServerMessage = { type: 'gap', missed: this.#missed, fromSeq: this.#missedFrom, toSeq: this.#missedTo };
    this.#missed = 0;
    this.#push({ events: 0, bytes: Buffer.from(JSON.stringify(gap)), turn: null });
  }

  #push(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#events += waiting.events;
    this.#bytes += waiting.bytes?.length ?? 0;
  }

  #release({ events, bytes }: Waiting): void {
    this.#events -= events;
    this.#bytes -= bytes?.length ?? 0;
  }

  #send(bytes: Buffer): void {
    this.#socket.send(bytes, this.#taken);
  }

  readonly #taken = (): void => {
    if (this.#queue.length > 0 || this.#missed > 0) this.flush();
  };

  get #stuck(): boolean {
    return this.#socket.bufferedAmount > this.#limits.maxBuffered;
  }
}
