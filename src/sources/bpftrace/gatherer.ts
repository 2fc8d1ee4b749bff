/** Between two handings on, ms: within the time for which the core holds a record anyway. */
const BETWEEN_MS = 10;
/** So much text is handed on at once: there is no waiting where there is much to do. */
const ENOUGH = 32 * 1024;

export interface GathererOptions {
  take(text: string): void;
  /** Milliseconds that only grow. @default performance.now */
  now?(): number;
}

/**
 * Hands text on in few large pieces: bpftrace writes a few records at a time, and a core that is woken for each few spends twice as long on every
 * one. After quiet the first piece goes on at once: whoever caused it may be a short process, and must still be found.
 */
export class Gatherer {
  readonly #take: (text: string) => void;
  readonly #now: () => number;
  #pieces: string[] = [];
  #length = 0;
  #tookMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor({ take, now = () => performance.now() }: GathererOptions) {
    this.#take = take;
    this.#now = now;
  }

  add(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    const restMs = this.#length >= ENOUGH ? 0 : this.#tookMs + BETWEEN_MS - this.#now();
    if (restMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), Math.ceil(restMs));
  }

  /** What waits is handed on: its time has come, or something else that must not overtake it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#length === 0) return;
    const text = this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    this.#tookMs = this.#now();
    this.#take(text);
  }
}
