import type { Input } from '../../core/model/input.ts';

export interface PlayerOptions {
  readonly inputs: readonly Input[];
  /** Recorded nanoseconds a nanosecond; 1 is real speed. */
  readonly speed: number;
  /** CLOCK_MONOTONIC, ns. */
  now(): number;
  emit(input: Input): void;
  onEnd(): void;
}

/** How often due inputs are looked for, ms. */
const TURN_MS = 20;

/** Gives recorded inputs again at the distances at which they were taken. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #beganNs: number;
  readonly #firstNs: number;
  #next = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#beganNs = options.now();
    this.#firstNs = options.inputs[0]?.atNs ?? 0;
    this.#timer = setInterval(() => this.turn(), TURN_MS);
  }

  /** Gives what is due by now. */
  turn(): void {
    const { inputs, speed, now, emit, onEnd } = this.#options;
    const dueNs = this.#firstNs + (now() - this.#beganNs) * speed;
    for (let input = inputs[this.#next]; input !== undefined && input.atNs <= dueNs; input = inputs[this.#next]) {
      this.#next++;
      emit(input);
    }
    if (this.#next < inputs.length) return;
    this.stop();
    onEnd();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
