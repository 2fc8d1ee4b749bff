import type { Readable } from 'node:stream';

/** A turn, ms: within the time for which the core holds a record anyway. */
const TURN_MS = 10;
/** What had come by the time somebody began to read is there this soon after the first piece, ms. */
const SOON_MS = 2;
/** After so much text the next is read at once: there is no waiting where there is much to do. */
const ENOUGH = 32 * 1024;

export interface GathererOptions {
  /** Its buffer holds one piece: then the kernel gathers the rest (see {@link GATHERED}). */
  readonly stream: Pick<Readable, 'on' | 'read'>;
  take(text: string): void;
  /** Milliseconds that only grow. @default performance.now */
  now?(): number;
}

/** The high-water mark of such a stream: one byte is as much as it keeps unasked, so it does not read on until what it has was taken. */
export const GATHERED = 1;

/**
 * Takes what a stream has in turns. bpftrace writes a few records at a time, thousands of times a second, and a process that is woken for each
 * spends more on waking than on the records. After quiet the first piece is taken at once: whoever caused it may be a short process, and must
 * still be found.
 */
export class Gatherer {
  readonly #options: Required<GathererOptions>;
  #turnMs = Number.NEGATIVE_INFINITY;
  /** Whether the turn has had no more than its first piece yet. */
  #begun = false;
  #much = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ now = () => performance.now(), ...options }: GathererOptions) {
    this.#options = { now, ...options };
    options.stream.on('readable', () => this.#readable());
  }

  /** What was read is taken: something else comes now that must not overtake it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { stream, take, now } = this.#options;
    // Also where there is nothing: that is how a stream comes to its end.
    const text: unknown = stream.read();
    if (typeof text !== 'string') return;
    const nowMs = now();
    this.#begun = nowMs - this.#turnMs >= TURN_MS;
    if (this.#begun) this.#turnMs = nowMs;
    this.#much = text.length >= ENOUGH;
    take(text);
  }

  #readable(): void {
    const spentMs = this.#options.now() - this.#turnMs;
    if (this.#much || spentMs >= TURN_MS || (this.#begun && spentMs < SOON_MS)) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), Math.ceil(TURN_MS - spentMs));
  }
}
