import type { Event } from '../core/model/event.ts';
import { LIVE_PROTOCOL } from '../formats/live.ts';
import { printEvent } from '../formats/print-event.ts';
import { LiveClient, type LiveLimits, type LiveSocket, type Snapshot, type Subscription } from './live-client.ts';
import type { Observation } from './observation.ts';

/** Calls `task` every `ms` milliseconds until the returned function is called. Tests give one that they turn by hand. */
export type Every = (ms: number, task: () => void) => () => void;

export interface LiveOptions extends Partial<LiveLimits> {
  readonly observation: Observation;
  /** Default: setInterval that keeps no process alive. */
  readonly every?: Every;
}

/** What a connected client may do. */
export interface LiveSession {
  readonly subscribe: LiveClient['subscribe'];
  readonly tell: LiveClient['tell'];
  /** The connection is gone: forget it. */
  close(): void;
}

export const FLUSH_MS = 50;
export const STATUS_MS = 1000;
/** Connections listed in a snapshot. */
export const SNAPSHOT_LIMIT = 1000;

const LIMITS: LiveLimits = { maxEvents: 20_000, maxBytes: 4 * 1024 * 1024, batch: 2000 };

/**
 * Events to whoever watches. Each is printed once, and only if somebody wants it; a client that reads slowly costs at most
 * {@link LiveLimits} and nobody else anything.
 *
 * Nothing is lost or doubled between a snapshot and the first batch as long as the observation takes an event in before
 * {@link LiveSink.accept} gets it: the snapshot says the last event it contains, and only later ones are sent.
 */
export class LiveSink implements Disposable {
  readonly #observation: Observation;
  readonly #every: Every;
  readonly #limits: LiveLimits;
  readonly #clients = new Set<LiveClient>();
  #stops: (() => void)[] = [];
  #host: string | null = null;
  #missed = 0;

  constructor({ observation, every = interval, ...limits }: LiveOptions) {
    this.#observation = observation;
    this.#every = every;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Clients connected now. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Events that clients wanted and did not get, all clients since the start. */
  get missed(): number {
    return this.#missed;
  }

  /** Events in the order of their `seq`, already contained in what the observation says. */
  accept(events: readonly Event[]): void {
    if (this.#clients.size === 0) return;
    // The first input of a run names the host, so it is known and final by the first event.
    this.#host ??= this.#observation.status().host;
    for (const event of events) this.#offer(event, this.#host);
  }

  #offer(event: Event, host: string): void {
    let line: string | null = null;
    for (const client of this.#clients) {
      if (!client.wants(event, host)) continue;
      if (client.full) {
        client.miss(event.seq);
        this.#missed++;
      } else {
        line ??= printEvent(event, host);
        client.queue(line);
      }
    }
  }

  /** Says hello on `socket` and sends it a status each second; events from its first `subscribe` on. */
  connect(socket: LiveSocket): LiveSession {
    const client = new LiveClient(socket, this.#limits);
    this.#clients.add(client);
    if (this.#stops.length === 0)
      this.#stops = [this.#every(FLUSH_MS, () => this.flush()), this.#every(STATUS_MS, () => this.#tellStatus())];
    client.tell({ type: 'hello', protocol: LIVE_PROTOCOL, status: this.#observation.status() });
    return {
      subscribe: (subscription) => client.subscribe(subscription),
      tell: (message) => client.tell(message),
      close: () => {
        this.#clients.delete(client);
        if (this.#clients.size === 0) this.#stop();
      },
    };
  }

  /** The observation begins another run, with `seq` from 1: everyone is greeted anew and gets a new snapshot. */
  restart(): void {
    const status = this.#observation.status();
    for (const client of this.#clients) {
      client.restart();
      client.tell({ type: 'hello', protocol: LIVE_PROTOCOL, status });
    }
  }

  /** Sends what waits, to everyone who reads. */
  flush(): void {
    for (const client of this.#clients) client.flush(this.#snapshot);
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#clients.clear();
  }

  readonly #snapshot: Snapshot = ({ filter, kinds }: Subscription) => {
    const seq = this.#observation.lastSeq();
    const { total, rows } = this.#observation.connections(filter, SNAPSHOT_LIMIT, 0);
    return { type: 'snapshot', seq, filter: filter.text, kinds: [...kinds], total, connections: rows };
  };

  #tellStatus(): void {
    const status = this.#observation.status();
    for (const client of this.#clients) client.tell({ type: 'status', status });
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }
}

const interval: Every = (ms, task) => {
  const timer = setInterval(task, ms).unref();
  return () => clearInterval(timer);
};
