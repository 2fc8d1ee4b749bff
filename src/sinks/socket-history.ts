import type { Event, ProbeEvent } from '../core/model/event.ts';
import { beginsLife, keyOf } from '../core/model/tcp-state.ts';
import { type SocketEvent, SocketRows } from './socket-rows.ts';

/** What is remembered of one socket. */
export interface Remembered {
  /** Oldest first; the newest {@link LISTED}. */
  readonly events: readonly SocketEvent[];
  /** Older ones that are remembered, too, and left out for being too many. */
  readonly left: number;
  /** Whether the first of them is how its life began; `unseen`: nobody told it; `forgotten`: it may have been told. */
  readonly beginning: 'seen' | 'unseen' | 'forgotten';
  /** Whether what came after the first ones may be forgotten in part: of sockets that have ended, and seldom of those. */
  readonly holes: boolean;
  /** Attempts of our own probes on this socket, oldest first, each as it was told last. */
  readonly attempts: readonly ProbeEvent[];
}

export interface HistoryOptions {
  /** The last events of all sockets; a power of two. @default 4096 */
  readonly recent?: number;
  /** Events of sockets that outlived those; a power of two. @default 131,072 */
  readonly rows?: number;
}

const RECENT = 4096;
const ROWS = 131_072;
/** Sockets known by the low bits of their number, the last of each. */
const TAGS = 262_144;
const ATTEMPTS = 1024;
/** Events of one socket that are listed at most. */
export const LISTED = 2000;

/**
 * The last events of every socket that lives. The newest of all are kept as they are; what falls out there is written down where its socket
 * still lives, or has earlier rows. So a storm of short connections costs next to nothing, and does not push out how an old one began. Some
 * 14 MB when full.
 *
 * Nothing links a socket to its rows: who asks for one socket looks at all rows, in a millisecond.
 */
export class SocketHistory {
  readonly #recent: SocketEvent[] = [];
  readonly #whose: Float64Array;
  readonly #mask: number;
  /** Events ever added. */
  #count = 0;
  readonly #rows: SocketRows;
  /** Two by a socket's low bits: the one that ended last, and the one that got a row last, by their 32 low bits. Numbers never come back. */
  readonly #tags = new Uint32Array(2 * TAGS);
  readonly #attempts: ProbeEvent[] = [];

  constructor({ recent = RECENT, rows = ROWS }: HistoryOptions = {}) {
    this.#whose = new Float64Array(recent);
    this.#mask = recent - 1;
    this.#rows = new SocketRows(rows);
  }

  /** Events in the order of their `seq`. */
  accept(events: readonly Event[]): void {
    for (const event of events) {
      switch (event.kind) {
        case 'state':
        case 'time-wait':
        case 'retransmit':
        case 'reset':
        case 'drop':
        case 'socket-error':
          if (event.sock !== null) this.#add(event, event.sock);
          break;
        case 'probe':
          this.#attempted(event);
          break;
      }
    }
  }

  /** `wallUs` says the wall time of a CLOCK_MONOTONIC moment. */
  of(sock: number, wallUs: (ns: number) => number): Remembered {
    const rows = this.#rows.of(sock);
    const recent = this.#recentOf(sock);
    const left = Math.max(0, rows.length + recent.length - LISTED);
    const events = [...rows.slice(left).map((position) => this.#rows.at(position, wallUs)), ...recent.slice(-LISTED)];
    const over = this.#isOver(sock);
    const [first] = events;
    const seen = left === 0 && first?.kind === 'state' && beginsLife(keyOf(first.from, first.to));
    const forgets = left > 0 || this.#rows.oldest > 0 || (over && this.#count > recent.length);
    return {
      events,
      left,
      beginning: seen ? 'seen' : forgets ? 'forgotten' : 'unseen',
      holes: over && rows.length > 0 && !this.#isKept(sock),
      attempts: this.#attempts.filter((attempt) => attempt.sock === sock),
    };
  }

  #recentOf(sock: number): SocketEvent[] {
    const found: SocketEvent[] = [];
    for (let position = Math.max(0, this.#count - this.#mask - 1); position < this.#count; position++) {
      const slot = position & this.#mask;
      const event = Math.abs(this.#whose[slot] ?? 0) === sock ? this.#recent[slot] : undefined;
      if (event !== undefined) found.push(event);
    }
    return found;
  }

  #add(event: SocketEvent, sock: number): void {
    const slot = this.#count++ & this.#mask;
    const leaving = this.#whose[slot] ?? 0;
    if (leaving !== 0) this.#leave(slot, leaving);
    this.#recent[slot] = event;
    // What comes after the end is of nobody who lives, however long ago that was.
    this.#whose[slot] = event.kind === 'time-wait' ? -sock : sock;
    if (event.kind === 'state' && event.to === 'CLOSE') this.#tags[tagOf(sock)] = sock;
  }

  #leave(slot: number, whose: number): void {
    const sock = Math.abs(whose);
    if ((whose < 0 || this.#isOver(sock)) && !this.#isKept(sock)) return;
    const event = this.#recent[slot];
    if (event === undefined) return;
    this.#rows.push(event, sock);
    this.#tags[tagOf(sock) + 1] = sock;
  }

  #isOver(sock: number): boolean {
    return this.#tags[tagOf(sock)] === sock >>> 0;
  }

  #isKept(sock: number): boolean {
    return this.#tags[tagOf(sock) + 1] === sock >>> 0;
  }

  /** One told again takes its former word's place. */
  #attempted(event: ProbeEvent): void {
    if (event.sock === null) return;
    if (event.update !== null) {
      const { target, attempt } = event.attempt;
      const before = this.#attempts.findIndex((one) => one.attempt.attempt === attempt && one.attempt.target === target);
      if (before >= 0) this.#attempts.splice(before, 1);
    }
    this.#attempts.push(event);
    if (this.#attempts.length > ATTEMPTS) this.#attempts.shift();
  }
}

function tagOf(sock: number): number {
  return 2 * (sock & (TAGS - 1));
}
