import type { EventWire } from '../../formats/event.ts';
import type { ProbeWire } from '../../formats/probe.ts';
import type { SocketLife } from '../../formats/socket-life.ts';
import type { Connection } from '../../formats/status.ts';
import { isSocketEvent, type Row, type SocketEvent } from './row.ts';

/** A socket that says more than this is shown by its latest events. */
const MOST = 2000;
/** Attempts of a probe on one socket; a connection that is kept open may have thousands. */
const ATTEMPTS = 100;

/** What the service remembers of the socket; `asking` until it has said so, `nothing` where it remembers nothing, or does not answer. */
export type Memory = Pick<SocketLife, 'beginning' | 'holes'> | 'asking' | 'nothing';

/**
 * The events of one socket, oldest first, while its life is being looked at: what the page holds of it, what the service remembers, and what
 * comes live. An event that comes by two of these ways is one, by its number.
 */
export class Watched {
  #sock: number | null = null;
  #events: SocketEvent[] = [];
  #attempts: ProbeWire[] = [];
  #left = 0;
  #connection: Connection | null = null;
  #memory: Memory = 'asking';

  get events(): readonly SocketEvent[] {
    return this.#events;
  }

  /** Attempts of our own probes on it, oldest first, each as it was told last. */
  get attempts(): readonly ProbeWire[] {
    return this.#attempts;
  }

  /** Events that were left out because there were too many. */
  get left(): number {
    return this.#left;
  }

  /** Its row as the service had it last; null where it had ended, or nobody asked. */
  get connection(): Connection | null {
    return this.#connection;
  }

  get memory(): Memory {
    return this.#memory;
  }

  /** Begins with what of it is held in `rows`, newest first. */
  begin(sock: number, rows: readonly Row[]): void {
    this.forget();
    this.#sock = sock;
    this.#events = rows.filter((row): row is SocketEvent => isSocketEvent(row) && concerns(row, sock)).reverse();
    for (const row of rows.toReversed()) if (row.kind === 'probe') this.#attempted(row);
    this.#trim();
  }

  /** What the service remembers, null for nothing. Whatever of it is known stays once. */
  fill(life: SocketLife | null): void {
    if (life === null) {
      if (this.#memory === 'asking') this.#memory = 'nothing';
      return;
    }
    if (life.sock !== this.#sock) return;
    const { beginning, holes } = life;
    this.#memory = { beginning, holes };
    this.#connection = life.connection;
    const all = new Map(this.#events.map((event) => [event.seq, event]));
    for (const event of life.events) if (isSocketEvent(event)) all.set(event.seq, event);
    this.#left = life.left;
    this.#events = [...all.values()].sort((a, b) => a.seq - b.seq);
    for (const attempt of life.attempts) this.#attempted(attempt);
    this.#trim();
  }

  end(): void {
    this.forget();
    this.#sock = null;
  }

  /** Another run numbers its sockets anew. */
  forget(): void {
    this.#events = [];
    this.#attempts = [];
    this.#left = 0;
    this.#connection = null;
    this.#memory = 'asking';
  }

  accept(event: EventWire): void {
    if (this.#sock === null) return;
    if (event.kind === 'probe') this.#attempted(event);
    if (!isSocketEvent(event) || !concerns(event, this.#sock)) return;
    this.#events = [...this.#events, event];
    this.#trim();
  }

  #attempted(event: ProbeWire): void {
    if (event.sock !== this.#sock) return;
    const same = (one: ProbeWire): boolean => one.attempt === event.attempt && one.target === event.target;
    if (this.#attempts.some((one) => same(one) && one.seq >= event.seq)) return;
    this.#attempts = [...this.#attempts.filter((one) => !same(one)), event].sort((a, b) => a.attempt - b.attempt).slice(-ATTEMPTS);
  }

  #trim(): void {
    const over = this.#events.length - MOST;
    if (over <= 0) return;
    this.#left += over;
    this.#events = this.#events.slice(over);
  }
}

function concerns(event: SocketEvent, sock: number): boolean {
  return event.sock === sock || (event.kind === 'time-wait' && event.reusedBy === sock);
}
