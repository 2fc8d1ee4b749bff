import type { EventWire } from '../../formats/event.ts';
import { isSocketEvent, type Row, type SocketEvent } from './row.ts';

/** A socket that says more than this is shown by its latest events. */
const MOST = 2000;

/** The events of one socket, oldest first, while its life is being looked at. */
export class Watched {
  #sock: number | null = null;
  #events: SocketEvent[] = [];
  #left = 0;

  get events(): readonly SocketEvent[] {
    return this.#events;
  }

  /** Events that were left out because there were too many. */
  get left(): number {
    return this.#left;
  }

  /** Begins with what of it is held in `rows`, newest first. */
  begin(sock: number, rows: readonly Row[]): void {
    this.#sock = sock;
    this.#left = 0;
    this.#events = rows.filter((row): row is SocketEvent => isSocketEvent(row) && concerns(row, sock)).reverse();
    this.#trim();
  }

  end(): void {
    this.#sock = null;
    this.#events = [];
  }

  /** Another run numbers its sockets anew. */
  forget(): void {
    this.#events = [];
  }

  accept(event: EventWire): void {
    if (this.#sock === null || !isSocketEvent(event) || !concerns(event, this.#sock)) return;
    this.#events = [...this.#events, event];
    this.#trim();
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
