import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '../core/model/event.ts';
import type { ReplayStep, Speed, Steer } from '../formats/replay.ts';
import { type AdvanceOptions, advance, type Round } from './advance.ts';

export interface PlaybackOptions {
  readonly speed: Speed;
  /** Over and over; each round a new one. */
  readonly loop: boolean;
  /** A round at the capture's beginning. */
  begin(): Round;
  /** Where the first finding behind `ns` opens: null where there is none, undefined where nobody knows yet. */
  openingAfter(ns: number): number | null | undefined;
  /** CLOCK_MONOTONIC, ns. */
  now(): number;
  /** Comes back after so many ms, or at once when the signal aborts. @default the machine's own timer */
  rest?(ms: number, signal: AbortSignal): Promise<void>;
  /** What follows from an input that was played; the round's view contains it already. */
  onEvents(events: readonly Event[]): void;
  /** The picture is another one: events were passed over, or their numbers begin anew. */
  onRestart(): void;
  /** Something of what it says has changed, other than by time. */
  onChange(): void;
  /** The capture ends here (null), or cannot be read further. */
  onEnd(fault: unknown): void;
}

type Order = { readonly type: 'seek'; readonly toNs: number } | { readonly type: 'step'; readonly to: ReplayStep };

/** How often due inputs are looked for, ms. */
const TURN_MS = 20;
/** How often it is told how far a seek, or play at full speed, has got, ns. */
const TELL_NS = 250e6;
/** Steps that may wait. */
const MOST_STEPS = 100;
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Plays a capture, and goes wherever it is told to. Playing and single steps tell every event; a seek feeds the core at full speed without
 * telling any, forward from where it is, back from the beginning, and then says that the picture is another one. Nothing but the capture's
 * inputs reaches the core, so the state at a position is the same whatever way led there.
 */
export class Playback {
  readonly #options: PlaybackOptions;
  #round: Round;
  /** On its way to a position before the shown one's. */
  #hidden: Round | null = null;
  #atNs = 0;
  #playing = true;
  #ended = false;
  #speed: Speed;
  #turn = 1;
  /** What was asked for and is not done; the first is under way. */
  #orders: Order[] = [];
  /** Aborts when something is asked for. */
  #call = new AbortController();
  #stopped = false;
  #toldNs = 0;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#speed = options.speed;
    this.#round = options.begin();
  }

  /** What is shown. */
  get round(): Round {
    return this.#round;
  }

  get atNs(): number {
    return this.#atNs;
  }

  get playing(): boolean {
    return this.#playing;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get speed(): Speed {
    return this.#speed;
  }

  /** One up each time the picture becomes another one. */
  get turn(): number {
    return this.#turn;
  }

  /** How far the seek under way has got, and where it goes (null: to the next finding); null where none is. */
  get seeking(): { readonly atNs: number; readonly toNs: number | null } | null {
    const [order] = this.#orders;
    if (order === undefined || (order.type === 'step' && order.to !== 'next-finding')) return null;
    return { atNs: (this.#hidden ?? this.#round).passage.throughNs, toNs: order.type === 'seek' ? order.toNs : null };
  }

  steer(wish: Steer): void {
    switch (wish.do) {
      case 'play':
        if (this.#ended && this.#orders.length === 0) this.#orders = [{ type: 'seek', toNs: 0 }];
        this.#playing = true;
        break;
      case 'pause':
        this.#playing = false;
        break;
      case 'speed':
        this.#speed = wish.speed;
        break;
      case 'seek':
        this.#orders = [{ type: 'seek', toNs: Math.round(wish.atMs * 1e6) }];
        break;
      case 'step':
        this.#playing = false;
        if (this.#orders.length < MOST_STEPS) this.#orders.push({ type: 'step', to: wish.to });
        break;
    }
    this.#call.abort();
    this.#options.onChange();
  }

  /** Plays, seeks and waits until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      this.#call = new AbortController();
      const [order] = this.#orders;
      try {
        if (order !== undefined) await this.#obey(order);
        else if (this.#playing) await this.#play();
        else await this.#rest(LONGEST_MS);
      } catch (fault) {
        await this.#broken(fault);
      }
    }
    await this.#hidden?.passage[Symbol.asyncDispose]();
    await this.#round.passage[Symbol.asyncDispose]();
  }

  /** {@link run} comes back soon. */
  stop(): void {
    this.#stopped = true;
    this.#call.abort();
  }

  async #play(): Promise<void> {
    const { now } = this.#options;
    const [fromNs, beganNs, round] = [this.#atNs, now(), this.#round];
    const factor = this.#speed === 'max' ? Number.POSITIVE_INFINITY : this.#speed;
    while (!this.#called) {
      const dueNs = factor === Number.POSITIVE_INFINITY ? factor : fromNs + (now() - beganNs) * factor;
      const there = await this.#advance(round, dueNs, this.#telling(false));
      if (round.passage.over) return this.#end();
      // Slower than it should be, it is only as far as it has got; so it is where it was called meanwhile: what was answered then stays true.
      if (there && !this.#called) this.#atNs = dueNs;
      else this.#atNs = Math.max(this.#atNs, round.passage.throughNs);
      if (there) await this.#rest(TURN_MS);
    }
  }

  async #obey(order: Order): Promise<void> {
    const done = order.type === 'seek' ? await this.#seek(order.toNs) : await this.#step(order.to);
    // Others may have been asked for meanwhile, and a step may have become a seek.
    if (!done || this.#orders[0] !== order) return;
    this.#orders.shift();
    this.#options.onChange();
  }

  /** @returns false where something else was asked for on the way. */
  async #seek(toNs: number): Promise<boolean> {
    let round = this.#hidden ?? this.#round;
    if (round.passage.throughNs > toNs) {
      await this.#hidden?.passage[Symbol.asyncDispose]();
      round = this.#options.begin();
      this.#hidden = round;
    }
    if (!(await this.#advance(round, toNs, () => false))) return false;
    await this.#show(round, toNs);
    return true;
  }

  async #step(to: ReplayStep): Promise<boolean> {
    const { passage } = this.#round;
    switch (to) {
      case 'next-event':
        return this.#nextEvent();
      case 'next-finding':
        return this.#nextFinding();
      case 'previous-event':
        return this.#instead(passage.momentBefore(this.#atNs));
      case 'previous-finding':
        return this.#instead(passage.openingBefore(this.#atNs) ?? this.#atNs);
    }
  }

  /** The step under way is a seek. */
  #instead(toNs: number): boolean {
    // Already there: its state too, unless it was searched through silently.
    if (toNs === this.#atNs && this.#round.passage.throughNs <= toNs) return true;
    this.#orders[0] = { type: 'seek', toNs };
    return false;
  }

  async #nextEvent(): Promise<boolean> {
    if (this.#ended) return true;
    const { passage } = this.#round;
    if (!(await this.#advance(this.#round, Number.POSITIVE_INFINITY, this.#telling(true)))) return false;
    if (passage.over) this.#end();
    else this.#atNs = passage.throughNs;
    return true;
  }

  async #nextFinding(): Promise<boolean> {
    const known = this.#options.openingAfter(this.#atNs);
    if (known !== undefined) return this.#instead(known ?? this.#atNs);
    const opens = (events: readonly Event[]): boolean => events.some((event) => event.kind === 'finding' && event.phase === 'open');
    const round = this.#round;
    if (!(await this.#advance(round, Number.POSITIVE_INFINITY, opens))) return false;
    await this.#show(round, round.passage.throughNs);
    return true;
  }

  /** What was fed silently is shown. */
  async #show(round: Round, atNs: number): Promise<void> {
    const former = this.#round;
    this.#round = round;
    this.#hidden = null;
    if (former !== round) await former.passage[Symbol.asyncDispose]();
    this.#turn++;
    this.#ended = false;
    this.#atNs = atNs;
    if (round.passage.over) this.#end();
    this.#options.onRestart();
  }

  #end(): void {
    const { loop, begin, onRestart, onEnd, onChange } = this.#options;
    this.#atNs = this.#round.passage.throughNs;
    if (loop) {
      this.#round = begin();
      this.#atNs = 0;
      onRestart();
      return;
    }
    this.#playing = false;
    if (this.#ended) return;
    this.#ended = true;
    this.#round.view.end('the capture ends here');
    onEnd(null);
    onChange();
  }

  /** What can be read was read: its last state stays. */
  async #broken(fault: unknown): Promise<void> {
    const { onEnd, onChange } = this.#options;
    const round = this.#hidden ?? this.#round;
    round.view.end(`the capture cannot be read further: ${fault instanceof Error ? fault.message : String(fault)}`);
    if (this.#orders.length > 0) await this.#show(round, round.passage.throughNs);
    this.#orders = [];
    this.#playing = false;
    this.#atNs = round.passage.throughNs;
    this.#ended = true;
    onEnd(fault);
    onChange();
  }

  /** For events that are played; `enough`: the first of them are. */
  #telling(enough: boolean): AdvanceOptions['told'] {
    return (events) => {
      this.#options.onEvents(events);
      return enough;
    };
  }

  #advance(round: Round, toNs: number, told: AdvanceOptions['told']): Promise<boolean> {
    return advance({ round, toNs, told, called: () => this.#called, turn: () => this.#onTurn(round), now: this.#options.now });
  }

  #onTurn({ passage }: Round): void {
    const nowNs = this.#options.now();
    if (this.#orders.length === 0) this.#atNs = passage.throughNs;
    if (nowNs - this.#toldNs < TELL_NS) return;
    this.#toldNs = nowNs;
    this.#options.onChange();
  }

  get #called(): boolean {
    return this.#call.signal.aborted;
  }

  async #rest(ms: number): Promise<void> {
    const { rest = sleep } = this.#options;
    await rest(ms, this.#call.signal);
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
