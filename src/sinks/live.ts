import { setImmediate as breath } from 'node:timers/promises';
import type { Event, EventKind } from '../core/model/event.ts';
import { type EventWire, type FindingEventWire, wireOf } from '../formats/event.ts';
import { LIVE_PROTOCOL, type ServerMessage } from '../formats/live.ts';
import { printEvent } from '../formats/print-event.ts';
import type { ProbeRow } from '../formats/probes.ts';
import type { Observer } from '../formats/status.ts';
import { bytesOf, keyOf, LiveChannel, type Subscription } from './live-channel.ts';
import type { LiveOutlet } from './live-outlet.ts';
import type { Observation } from './observation.ts';
import type { ProbeBoard } from './probe-board.ts';

/** Calls `task` every `ms` milliseconds until the returned function is called. Tests give one that they turn by hand. */
export type Every = (ms: number, task: () => void) => () => void;

export interface LiveOptions {
  readonly observation: Observation;
  /** What is probed; its targets are listed in snapshots. */
  readonly probes?: ProbeBoard;
  /** The last events that led to what the observation says; in snapshots where somebody remembers them. */
  recent?(): readonly Event[];
  /** Default: setInterval that keeps no process alive. */
  readonly every?: Every;
  /** Bytes that may wait to be taken over; while there are more, events are counted instead of printed. */
  readonly maxWaitingBytes?: number;
  /** Characters of events that further channels get too, between two flushes; beyond it only the first channel gets them. */
  readonly maxCopied?: number;
}

/** Half of it is what an event waits on average: little beside what the kernel's buffers and the order of records take. */
export const FLUSH_MS = 25;
export const STATUS_MS = 1000;
/** Connections listed in a snapshot. */
export const SNAPSHOT_LIMIT = 1000;

const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/**
 * 80 MiB a second: 10,000 events for each of 20 channels. Joining costs 2 ns a byte: two hundred different filters that all let everything
 * pass took 0.76 of a core without a bound, 0.21 with it.
 */
const MAX_COPIED = 2 * 1024 * 1024;
const NONE: readonly LiveChannel[] = [];

/**
 * Events to whoever watches, by way of an outlet that holds the connections. Clients with the same subscription share a channel: an event
 * is held against its filter once, printed at most once in all, and goes out in batches that are made once. What many clients or a
 * stuck one cost is the outlet's business, not that of whoever calls {@link LiveSink.accept}. What many different subscriptions cost is bounded:
 * beyond it the youngest of those with a filter get gaps.
 *
 * Nothing is lost or doubled between a snapshot and the first batch as long as `accept` gets an event in the same turn in which the
 * observation takes it in: the snapshot says the last event before it, and the channel's batches hold only later ones.
 */
export class LiveSink implements Disposable {
  readonly #observation: Observation;
  readonly #probes: ProbeBoard | undefined;
  readonly #recent: LiveOptions['recent'];
  readonly #every: Every;
  readonly #maxWaitingBytes: number;
  readonly #maxCopied: number;
  #copied = 0;
  #outlet: LiveOutlet = { waitingBytes: 0, post: () => undefined };
  readonly #clients = new Map<number, LiveChannel | null>();
  readonly #channels = new Map<string, LiveChannel>();
  #byKind = new Map<EventKind, LiveChannel[]>();
  /** Asked for and not yet begun, by client; only the last counts. */
  readonly #wanted = new Map<number, Subscription>();
  #beginning = false;
  #nextChannel = 1;
  #turn = 0;
  #run = 0;
  #stops: (() => void)[] = [];
  #host: string | null = null;
  #missed = 0;
  #waiting = { waitingEvents: 0, waitingBytes: 0 };

  constructor(options: LiveOptions) {
    const { observation, probes, recent, every = interval, maxWaitingBytes = MAX_WAITING_BYTES, maxCopied = MAX_COPIED } = options;
    this.#observation = observation;
    this.#probes = probes;
    this.#recent = recent;
    this.#every = every;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#maxCopied = maxCopied;
  }

  /** Clients connected now. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Events that clients wanted and did not get, all clients since the start. */
  get missed(): number {
    return this.#missed;
  }

  /** What waits for them, as whoever holds the connections last said, and what they did not get. */
  get load(): NonNullable<Observer['live']> {
    return { clients: this.#clients.size, ...this.#waiting, missed: this.#missed };
  }

  /** From now on messages go here. */
  attach(outlet: LiveOutlet): void {
    this.#outlet = outlet;
  }

  /** Events in the order of their `seq`, already contained in what the observation says. */
  accept(events: readonly Event[]): void {
    if (this.#channels.size === 0) return;
    // The first input of a run names the host, so it is known and final by the first event.
    this.#host ??= this.#observation.status().host;
    for (const event of events) this.#offer(event, this.#host);
  }

  #offer(event: Event, host: string): void {
    let line: string | null = null;
    for (const channel of this.#byKind.get(event.kind) ?? NONE) {
      if (!channel.subscription.filter.matches(event, host)) continue;
      if (this.#outlet.waitingBytes > this.#maxWaitingBytes || (line !== null && this.#copied > this.#maxCopied)) {
        channel.skip(event.seq);
        continue;
      }
      if (line === null) line = printEvent(event, host);
      else this.#copied += line.length;
      channel.add(event.seq, line);
    }
  }

  /** Says hello to a client that came, and a status each second; events from its first `subscribe` on. */
  connect(client: number): void {
    this.#clients.set(client, null);
    if (this.#stops.length === 0)
      this.#stops = [this.#every(FLUSH_MS, () => this.flush()), this.#every(STATUS_MS, () => this.tellStatus())];
    this.#outlet.post({ type: 'tell', clients: [client], bytes: bytesOf(this.#hello()) });
  }

  /** Takes effect, with a snapshot, once the snapshots asked for before are made. */
  subscribe(client: number, subscription: Subscription): void {
    if (!this.#clients.has(client)) return;
    this.#wanted.set(client, subscription);
    void this.#beginAll();
  }

  /** The client is gone: forget it. */
  close(client: number): void {
    this.#leave(client);
    this.#clients.delete(client);
    this.#wanted.delete(client);
    if (this.#clients.size === 0) this.#stop();
  }

  /** Whoever holds the connections could not send so many events. */
  miss(events: number): void {
    this.#missed += events;
  }

  /** What waits for clients on their side, bytes in their sockets included. */
  wait(waitingEvents: number, waitingBytes: number): void {
    this.#waiting = { waitingEvents, waitingBytes };
  }

  /** The observation begins another run, with `seq` from 1: everyone is greeted anew and gets a new snapshot. */
  restart(): void {
    this.#run++;
    for (const channel of this.#channels.values()) {
      channel.clear();
      for (const client of channel.clients) if (!this.#wanted.has(client)) this.#wanted.set(client, channel.subscription);
    }
    for (const client of this.#clients.keys()) this.#leave(client);
    this.#outlet.post({ type: 'restart', bytes: bytesOf(this.#hello()) });
    void this.#beginAll();
  }

  /** Posts what waits, to everyone. */
  flush(): void {
    this.#copied = 0;
    for (const channel of this.#channels.values()) channel.flush();
  }

  /** Nobody is connected any more. */
  [Symbol.dispose](): void {
    for (const client of [...this.#clients.keys()]) this.close(client);
  }

  /** One snapshot after another, with room for the kernel's records between; clients that want the same share one. */
  async #beginAll(): Promise<void> {
    if (this.#beginning) return;
    this.#beginning = true;
    try {
      for (let [first] = this.#wanted.values(); first !== undefined; [first] = this.#wanted.values()) {
        const key = keyOf(first);
        const joining = [...this.#wanted].filter(([, subscription]) => keyOf(subscription) === key).map(([client]) => client);
        await this.#begin(key, first, joining);
        await breath();
      }
    } finally {
      this.#beginning = false;
    }
  }

  async #begin(key: string, subscription: Subscription, clients: readonly number[]): Promise<void> {
    const run = this.#run;
    const turn = ++this.#turn;
    // What happened so far goes to those who were there before; it is in the snapshot of those who come.
    this.flush();
    const channel = this.#channels.get(key) ?? new LiveChannel(this.#nextChannel++, subscription, this.#outlet);
    for (const client of clients) {
      this.#wanted.delete(client);
      this.#leave(client);
      this.#clients.set(client, channel);
      channel.clients.add(client);
    }
    this.#channels.set(key, channel);
    this.#sort();
    this.#outlet.post({ type: 'join', clients, channel: channel.id, turn });
    const { kinds, filter } = subscription;
    // Before anybody waits: what opens meanwhile comes in a batch.
    const findings = kinds.includes('finding') ? this.#findings(filter) : [];
    const recent = this.#recentOf(subscription);
    const { seq, total, rows } = await this.#observation.connections(filter, SNAPSHOT_LIMIT, 0);
    if (run !== this.#run) return; // restart() has asked for another one
    const message: ServerMessage = {
      type: 'snapshot',
      seq,
      filter: filter.text,
      kinds: [...kinds],
      total,
      connections: [...rows],
      findings,
      ...recent,
      ...this.#targets(subscription),
    };
    this.#outlet.post({ type: 'snapshot', clients, turn, bytes: bytesOf(message) });
  }

  #targets({ kinds, filter }: Subscription): { probes?: ProbeRow[] } {
    if (this.#probes === undefined || !kinds.includes('probe')) return {};
    return { probes: this.#probes.list({ filter, healths: [], limit: SNAPSHOT_LIMIT, after: 0 }).probes };
  }

  #recentOf({ kinds, filter }: Subscription): { recent?: EventWire[] } {
    if (this.#recent === undefined) return {};
    const { host } = this.#observation.status();
    const fitting = this.#recent().filter((event) => kinds.includes(event.kind) && filter.matches(event, host));
    return { recent: fitting.map((event) => wireOf(event, host)) };
  }

  #findings(filter: Subscription['filter']): FindingEventWire[] {
    const { host } = this.#observation.status();
    const fitting = this.#observation.findings().open.filter((event) => filter.matches(event, host));
    return fitting.map((event) => wireOf(event, host) as FindingEventWire);
  }

  #leave(client: number): void {
    const channel = this.#clients.get(client);
    if (channel === undefined || channel === null) return;
    this.#clients.set(client, null);
    channel.clients.delete(client);
    if (channel.clients.size > 0) return;
    this.#channels.delete(keyOf(channel.subscription));
    this.#sort();
  }

  /** Which channels a kind of event is for. Those without a filter come first, as the page does: others must not use up what may be joined. */
  #sort(): void {
    this.#byKind = new Map();
    const narrow = ({ subscription }: LiveChannel): number => (subscription.filter.text === '' ? 0 : 1);
    for (const channel of [...this.#channels.values()].sort((a, b) => narrow(a) - narrow(b))) {
      for (const kind of new Set(channel.subscription.kinds)) {
        const channels = this.#byKind.get(kind);
        if (channels === undefined) this.#byKind.set(kind, [channel]);
        else channels.push(channel);
      }
    }
  }

  #hello(): ServerMessage {
    return { type: 'hello', protocol: LIVE_PROTOCOL, status: this.#observation.status() };
  }

  /** Says to everyone how the observation is going: by itself each second, and when something changed that cannot wait. */
  tellStatus(): void {
    if (this.#clients.size === 0) return;
    const message: ServerMessage = { type: 'status', status: this.#observation.status() };
    this.#outlet.post({ type: 'tell', clients: null, bytes: bytesOf(message) });
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.wait(0, 0);
  }
}

const interval: Every = (ms, task) => {
  const timer = setInterval(task, ms).unref();
  return () => clearInterval(timer);
};
