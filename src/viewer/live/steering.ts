import { effect, signal } from '@preact/signals';
import type { ReplayState, ReplayStep, ReplayView, Speed, Steer } from '../../formats/replay.ts';
import type { Answer } from './link.ts';
import type { LiveStore } from './live-store.ts';

/** Between two seeks while the time line is dragged, ms. */
const SEEK_MS = 150;

/** The way to steer a replay, and what is known of its capture. Wishes go out one after the other; of several seeks only the last counts. */
export class Steering {
  /** What is marked on the time line; null before it is known. */
  readonly view = signal<ReplayView | null>(null);
  /** Why the last wish came to nothing. */
  readonly fault = signal<string | null>(null);
  /** Where the reader's hand holds the position, ms; null while it does not. */
  readonly heldMs = signal<number | null>(null);
  readonly #store: LiveStore;
  readonly #ask: (method: string, path: string, body?: object) => Promise<Answer>;
  #sought: number | null = null;
  #seeking = false;
  /** The wish before; they reach the service in the order in which they were made. */
  #last: Promise<void> = Promise.resolve();

  constructor(store: LiveStore, ask: (method: string, path: string, body?: object) => Promise<Answer>) {
    this.#store = store;
    this.#ask = ask;
    let known = '';
    effect(() => {
      const survey = store.replay.value?.state.survey;
      const now = survey === undefined ? '' : `${survey.findings} ${survey.done}`;
      if (now === known) return;
      known = now;
      if (survey !== undefined) void this.#look();
    });
  }

  toggle(): void {
    const state = this.#store.replay.peek()?.state;
    if (state !== undefined) void this.#send({ do: state.playing ? 'pause' : 'play' });
  }

  step(to: ReplayStep): void {
    void this.#send({ do: 'step', to });
  }

  speed(speed: Speed): void {
    void this.#send({ do: 'speed', speed });
  }

  seek(atMs: number): void {
    this.#sought = Math.max(0, atMs);
    if (!this.#seeking) void this.#seek();
  }

  async #seek(): Promise<void> {
    this.#seeking = true;
    while (this.#sought !== null) {
      const atMs = this.#sought;
      this.#sought = null;
      await this.#send({ do: 'seek', atMs });
      await new Promise((resolve) => setTimeout(resolve, SEEK_MS));
    }
    this.#seeking = false;
  }

  #send(wish: Steer): Promise<void> {
    this.#last = this.#last.then(() => this.#post(wish));
    return this.#last;
  }

  async #post(wish: Steer): Promise<void> {
    const answer = await this.#ask('POST', '/api/v1/replay', wish);
    this.fault.value = answer.ok ? null : (answer.problem?.message ?? 'Synoptic does not answer.');
    if (answer.ok) this.#store.steered(answer.value as ReplayState, { perfMs: performance.now(), wallMs: Date.now() });
  }

  async #look(): Promise<void> {
    const answer = await this.#ask('GET', '/api/v1/replay');
    if (answer.ok) this.view.value = answer.value as ReplayView;
  }
}
