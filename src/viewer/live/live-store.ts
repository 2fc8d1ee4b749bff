import { batch, signal } from '@preact/signals';
import { EVENT_KINDS } from '../../core/model/event.ts';
import type { EventWire } from '../../formats/event.ts';
import type { ClientMessage, ServerMessage } from '../../formats/live.ts';
import type { ReplayState } from '../../formats/replay.ts';
import type { Status } from '../../formats/status.ts';
import { ConnectionTable } from '../model/connection-table.ts';
import { Feed } from '../model/feed.ts';
import { stateIn } from '../model/filter-terms.ts';
import { FindingList } from '../model/finding-list.ts';
import type { Link } from '../model/health.ts';
import { ProbeList } from '../model/probe-list.ts';
import { isSocketEvent, type MissedRow, type Row } from '../model/row.ts';
import { ServerClock } from '../model/server-clock.ts';
import { TimeWaitLedger } from '../model/time-wait-ledger.ts';
import { type Flow, Transitions } from '../model/transitions.ts';
import { Watched } from '../model/watched.ts';
import { wireTime } from '../words/moment.ts';
import { ALL, type Subscription, same } from './subscription.ts';

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A moment by both of the browser's clocks: monotonic for lengths, wall for showing. Both in ms. */
export interface Now {
  readonly perfMs: number;
  readonly wallMs: number;
}

const ROWS = 20_000;
/** Connections kept at most; more are counted. */
export const CONNECTIONS = 120_000;

/**
 * All that the page knows, from the messages it got. No timers and no network of its own: whoever holds it passes messages and time in.
 * `changed` is called when rows changed; it should draw at the next frame and no sooner.
 */
export class LiveStore {
  readonly status = signal<Status | null>(null);
  /** Where a replay stands, and when that was heard; null where there is none. */
  readonly replay = signal<{ readonly state: ReplayState; readonly perfMs: number } | null>(null);
  /** Which run the numbers belong to: each seek of a replay begins one. Null before the first word. */
  readonly run = signal<string | null>(null);
  readonly link = signal<Link>({ is: 'connecting' });
  /** In force, as the service repeated it in the last snapshot; null before the first. */
  readonly inForce = signal<Subscription | null>(null);
  /** Asked for and not yet answered. */
  readonly asked = signal<Subscription | null>(null);
  readonly refusal = signal<Of<'error'> | null>(null);
  readonly missed = signal<{ events: number; unknown: boolean }>({ events: 0, unknown: false });
  readonly manyNetns = signal(false);
  /** When the present subscription began, RFC 3339 by the browser's clock. */
  readonly subscribedAt = signal<string | null>(null);
  /** Events missed since the last snapshot: what the connection table may not know. */
  readonly tableMissed = signal(0);

  readonly feed = new Feed<Row>(ROWS);
  readonly connections = new ConnectionTable(CONNECTIONS);
  readonly findings = new FindingList();
  readonly probes = new ProbeList();
  readonly clock = new ServerClock();
  /** Of what the filter lets through. */
  readonly transitions = new Transitions();
  /** Who entered and left TIME_WAIT since the page was opened. */
  readonly timeWait = new TimeWaitLedger();
  /** The events of the socket whose life is open. */
  readonly watched = new Watched();

  readonly #send: (message: ClientMessage) => boolean;
  readonly #changed: () => void;
  #wanted: Subscription;
  /** Whether the service has agreed to a subscription on the present connection. */
  #subscribed = false;
  /** The highest `seq` this page knows to have happened, of any kind. */
  #seq = 0;
  /** The highest `seq` among the rows. */
  #fed = 0;
  /** How far a replay has told what happened, ms by the capture's CLOCK_MONOTONIC: its clock here runs ahead of what is on its way. */
  #replayedMs = 0;
  #netns: number | null = null;
  #downSinceMs: number | null = null;
  /** A connection was lost; the snapshot that comes next says how much happened meanwhile. */
  #outage: { downMs: number; seq: number; restarted: boolean } | null = null;

  constructor(options: { send: (message: ClientMessage) => boolean; changed: () => void; wanted: Subscription }) {
    this.#send = options.send;
    this.#changed = options.changed;
    this.#wanted = options.wanted;
  }

  /** What is in force or asked for: what any further wish changes one part of. */
  get wanted(): Subscription {
    return this.#wanted;
  }

  /** Asks for other events. What is in force stays so until the service has agreed; offline, it is asked on coming back. */
  subscribe(wanted: Subscription): void {
    this.#wanted = wanted;
    this.refusal.value = null;
    this.#ask(wanted);
  }

  /** Gathers what is held of a socket, and what comes of it from now on. */
  watch(sock: number): void {
    this.watched.begin(sock, this.feed.newestFirst());
  }

  /** How many sockets go where, a second of the time of what is observed; `perfMs` is the moment that is shown. */
  flows(perfMs: number): Flow[] {
    return this.transitions.flows(this.replay.peek() === null ? perfMs : this.#replayedMs);
  }

  /** The service has answered whoever steers. */
  steered(state: ReplayState, now: Now): void {
    const { status } = this;
    if (status.value !== null) status.value = { ...status.value, replay: state };
    this.#stands(state, now);
  }

  accept(message: ServerMessage, now: Now): void {
    batch(() => {
      this.link.value = { is: 'open', heardMs: now.perfMs };
      switch (message.type) {
        case 'hello':
          return this.#hello(message.status, now);
        case 'status':
          return this.#status(message.status, now);
        case 'snapshot':
          return this.#snapshot(message, now);
        case 'batch':
          return this.#events(message.events, now);
        case 'gap':
          return this.#gap(message, now);
        case 'error':
          return this.#error(message);
      }
    });
  }

  /** The connection is gone, or still is; the next try comes in `nextMs`. */
  down(nextMs: number, refused: boolean, now: Now): void {
    this.#downSinceMs ??= now.perfMs;
    this.#subscribed = false;
    this.asked.value = null;
    this.link.value = { is: 'down', sinceMs: this.#downSinceMs, nextMs: now.perfMs + nextMs, refused };
  }

  #hello(status: Status, now: Now): void {
    const run = runOf(status);
    const former = this.run.peek();
    // A replay that was steered meanwhile is another picture: nothing of it was missed.
    if (former !== null && this.#downSinceMs !== null && (status.replay === null || run === former)) {
      this.#outage = { downMs: now.perfMs - this.#downSinceMs, seq: this.#seq, restarted: run !== former };
    }
    if (run !== former) {
      this.replay.value = null;
      this.#seq = 0;
      this.#fed = 0;
      // What was shown may not have happened yet.
      this.#replayedMs = 0;
      if (status.replay !== null) this.feed.clear();
      this.clock.reset();
      this.transitions.clear();
      this.timeWait.clear();
      this.watched.forget();
      this.findings.clear();
      this.probes.clear();
    }
    this.run.value = run;
    this.#downSinceMs = null;
    this.#status(status, now);
    this.#ask(this.#wanted);
  }

  #status(status: Status, now: Now): void {
    this.status.value = status;
    // Through a filter most events never arrive; the service's own count says how far it is.
    const { inForce } = this;
    if (inForce.value !== null && !same(inForce.value, ALL) && this.#outage === null) this.#seq = Math.max(this.#seq, status.events.total);
    if (status.replay !== null) this.#stands(status.replay, now);
    else if (status.lastRecordAt !== null) this.clock.heard(status.lastRecordAt, now.perfMs);
  }

  #stands(state: ReplayState, now: Now): void {
    // An answer to whoever steers overtakes what the stream said before it.
    const { turn = 0, atMs = 0 } = this.replay.peek()?.state ?? {};
    if (state.turn < turn || (state.turn === turn && state.atMs < atMs)) return;
    this.replay.value = { state, perfMs: now.perfMs };
    const { ns, at, playing, seeking, speed } = state;
    this.#replayedMs = Math.max(this.#replayedMs, Number(ns) / 1e6);
    this.transitions.pace(speed === 'max' ? 1 : Math.max(1, speed));
    this.clock.stand(ns, at, playing && seeking === null && speed !== 'max' ? speed : 0, now.perfMs);
  }

  #snapshot(snapshot: Of<'snapshot'>, now: Now): void {
    const before = this.inForce.value;
    const next = { filter: snapshot.filter, kinds: EVENT_KINDS.filter((kind) => snapshot.kinds.includes(kind)) };
    // Rows that another filter let through would contradict the filter shown above them.
    if (before !== null && !same(before, next)) {
      this.feed.clear();
      this.#fed = 0;
      this.transitions.clear();
      this.timeWait.clear();
    }
    this.#subscribed = true;
    this.#wanted = next;
    this.inForce.value = next;
    this.asked.value = null;
    this.tableMissed.value = 0;
    this.subscribedAt.value = wireTime(now.wallMs);
    this.connections.reset(snapshot, stateIn(snapshot.filter) ?? null);
    this.findings.reset(snapshot.findings);
    this.probes.reset(snapshot.probes);
    for (const { netns } of snapshot.connections) if (netns !== null) this.#sawNetns(netns);
    this.#endOutage(snapshot.seq, now);
    for (const event of snapshot.recent ?? []) this.#remembered(event);
    this.#seq = Math.max(this.#seq, snapshot.seq);
    this.#changed();
  }

  /** It happened before this page asked: a row, and nothing that the snapshot does not say already. */
  #remembered(event: EventWire): void {
    if (event.seq <= this.#fed) return;
    this.#fed = event.seq;
    this.feed.push(event);
    this.watched.accept(event);
    if (event.kind === 'probe') this.probes.take(event);
  }

  #endOutage(seq: number, now: Now): void {
    const outage = this.#outage;
    if (outage === null) return;
    this.#outage = null;
    const missed = outage.restarted ? null : Math.max(0, seq - outage.seq);
    const cause = outage.restarted ? 'restarted' : 'disconnected';
    this.#missing({ kind: 'missed', at: wireTime(now.wallMs), cause, missed, downMs: outage.downMs });
  }

  #events(events: readonly EventWire[], now: Now): void {
    for (const event of events) {
      this.feed.push(event);
      this.connections.accept(event);
      this.transitions.accept(event, this.replay.peek() === null ? now.perfMs : Number(event.ns) / 1e6);
      this.watched.accept(event);
      if (event.kind === 'time-wait') this.timeWait.accept(event);
      else if (event.kind === 'finding') this.findings.take(event);
      else if (event.kind === 'probe') this.probes.take(event);
      if (isSocketEvent(event) && event.netns !== null) this.#sawNetns(event.netns);
    }
    const last = events.at(-1);
    if (last === undefined) return;
    this.#replayedMs = Math.max(this.#replayedMs, Number(last.ns) / 1e6);
    this.#seq = Math.max(this.#seq, last.seq);
    this.#fed = Math.max(this.#fed, last.seq);
    if (this.replay.peek() === null) this.clock.event(last.ns, last.at, now.perfMs);
    this.#changed();
  }

  #gap(gap: Of<'gap'>, now: Now): void {
    this.#seq = Math.max(this.#seq, gap.toSeq);
    this.tableMissed.value += gap.missed;
    this.#missing({ kind: 'missed', at: wireTime(now.wallMs), cause: 'slow', missed: gap.missed, downMs: null });
    this.#changed();
  }

  #missing(row: MissedRow): void {
    this.feed.push(row);
    const { events, unknown } = this.missed.value;
    this.missed.value = { events: events + (row.missed ?? 0), unknown: unknown || row.missed === null };
  }

  #error(error: Of<'error'>): void {
    const asked = this.asked.value;
    this.refusal.value = error;
    this.asked.value = null;
    const former = this.inForce.value ?? ALL;
    this.#wanted = former;
    if (this.#subscribed || asked === null || same(asked, ALL)) return;
    // Nothing is in force on this connection yet (a link with a bad filter, another service): rather everything than nothing.
    this.#wanted = same(asked, former) ? ALL : former;
    this.#ask(this.#wanted);
  }

  #ask(wanted: Subscription): void {
    const kinds = wanted.kinds.length === EVENT_KINDS.length ? {} : { kinds: [...wanted.kinds] };
    const filter = wanted.filter === '' ? {} : { filter: wanted.filter };
    if (this.#send({ type: 'subscribe', ...kinds, ...filter })) this.asked.value = wanted;
  }

  #sawNetns(netns: number): void {
    this.#netns ??= netns;
    if (netns !== this.#netns && !this.manyNetns.peek()) this.manyNetns.value = true;
  }
}

/** Events of one run have numbers that go up. */
function runOf({ startedAt, replay }: Status): string {
  return replay === null ? startedAt : `${startedAt} ${replay.turn}`;
}
