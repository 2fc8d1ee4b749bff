import { keyOf, TCP_STATES, type TcpState } from '../../core/model/tcp-state.ts';
import type { EventWire } from '../../formats/event.ts';
import { forgetOldest } from './forget-oldest.ts';

/** One transition as seen lately. `perSecond` is over the last steps; `anomaly` is the event that last showed it as impossible, or null. */
export interface Flow {
  readonly from: TcpState;
  readonly to: TcpState;
  readonly perSecond: number;
  readonly total: number;
  readonly impossible: { readonly seq: number } | null;
}

const KEYS = 256;
/** Rates are over so many whole steps, the running one not among them. */
const WINDOW = 5;
const SLOTS = WINDOW + 1;
/** Sockets closed lately, at least so many, whose TIME_WAIT may be told next. */
const PENDING = 4096;

/**
 * How often sockets changed from each state to each other, as events told it and as the kernel counted what it told nobody one by one.
 * TIME_WAIT's edges are inferred as its events are: the kernel says FIN_WAIT2 → CLOSE, and the entry that follows makes it → TIME_WAIT.
 * Times are ms of one clock, which passes as it does for what is observed: the browser's monotonic one, in a replay the capture's own. No
 * allocation for an event.
 */
export class Transitions {
  /** Slot × key; a slot is one step. */
  readonly #slots = new Float64Array(SLOTS * KEYS);
  readonly #totals = new Float64Array(KEYS);
  readonly #impossible = new Map<number, { seq: number }>();
  readonly #closedFrom = new Map<number, TcpState>();
  #stepS = 1;
  #step = 0;
  #firstStep: number | null = null;
  #reused = 0;
  #discontinuities = 0;

  /** Four-tuples taken over while in TIME_WAIT. */
  get reused(): number {
    return this.#reused;
  }

  /** Transitions before which at least one was not seen. */
  get discontinuities(): number {
    return this.#discontinuities;
  }

  /** What rates are over, s. */
  get windowS(): number {
    return WINDOW * this.#stepS;
  }

  /** Rates are over steps of so many seconds from now on: where many pass at once, rates by the second would only flicker. */
  pace(stepS: number): void {
    if (stepS === this.#stepS) return;
    this.#stepS = stepS;
    this.#slots.fill(0);
    this.#step = 0;
    this.#firstStep = null;
  }

  accept(event: EventWire, atMs: number): void {
    this.#turn(atMs);
    if (event.kind === 'state') this.#state(event);
    else if (event.kind === 'time-wait') this.#timeWait(event);
    else if (event.kind === 'gap') {
      for (const { from, to, count } of event.parts)
        if (from !== null && to !== null && event.cause === 'shed') this.#add(keyOf(from, to), count);
    }
  }

  /** What was seen since the last clearing, in Linux's order of states. */
  flows(nowMs: number): Flow[] {
    this.#turn(nowMs);
    const seconds = this.#stepS * Math.min(WINDOW, Math.max(1, this.#step - (this.#firstStep ?? this.#step)));
    const flows: Flow[] = [];
    for (const from of TCP_STATES) {
      for (const to of TCP_STATES) {
        const key = keyOf(from, to);
        const total = this.#totals[key] ?? 0;
        if (total <= 0) continue;
        let sum = 0;
        for (let slot = 0; slot < SLOTS; slot++) if (slot !== this.#step % SLOTS) sum += this.#slots[slot * KEYS + key] ?? 0;
        flows.push({ from, to, total, perSecond: Math.max(0, sum) / seconds, impossible: this.#impossible.get(key) ?? null });
      }
    }
    return flows;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#totals.fill(0);
    this.#impossible.clear();
    this.#closedFrom.clear();
    // What comes next may have happened before.
    this.#step = 0;
    this.#firstStep = null;
    this.#reused = 0;
    this.#discontinuities = 0;
  }

  #state({ from, to, sock, seq, anomaly }: Extract<EventWire, { kind: 'state' }>): void {
    const key = keyOf(from, to);
    this.#add(key, 1);
    if (anomaly === 'impossible') this.#impossible.set(key, { seq });
    else if (anomaly === 'discontinuity') this.#discontinuities++;
    if (to !== 'CLOSE' || sock === null) return;
    this.#closedFrom.set(sock, from);
    if (this.#closedFrom.size > 2 * PENDING) forgetOldest(this.#closedFrom, PENDING);
  }

  #timeWait({ phase, sock, reusedBy }: Extract<EventWire, { kind: 'time-wait' }>): void {
    if (phase === 'leave') {
      this.#add(keyOf('TIME_WAIT', 'CLOSE'), 1);
      if (reusedBy !== null) this.#reused++;
      return;
    }
    const from = sock === null ? undefined : this.#closedFrom.get(sock);
    if (sock === null || from === undefined) return;
    this.#closedFrom.delete(sock);
    this.#add(keyOf(from, 'CLOSE'), -1);
    this.#add(keyOf(from, 'TIME_WAIT'), 1);
  }

  #add(key: number, count: number): void {
    const at = (this.#step % SLOTS) * KEYS + key;
    this.#slots[at] = (this.#slots[at] ?? 0) + count;
    this.#totals[key] = (this.#totals[key] ?? 0) + count;
  }

  /** Empties the slots of the steps that have begun since. */
  #turn(atMs: number): void {
    const step = Math.floor(atMs / (1000 * this.#stepS));
    if (this.#firstStep === null) this.#firstStep = step;
    if (step <= this.#step) return;
    for (let next = Math.max(this.#step + 1, step - SLOTS + 1); next <= step; next++) {
      this.#slots.fill(0, (next % SLOTS) * KEYS, (next % SLOTS) * KEYS + KEYS);
    }
    this.#step = step;
  }
}
