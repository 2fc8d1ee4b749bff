import type { Readable } from 'node:stream';
import { READING_BYTES, TURN_MS } from '../../core/model/reading.ts';

/** So much may come in a pause: once the socket's buffer is full, with 27 writes of 4 KiB, bpftrace stands still and the kernel's buffers age. */
const PORTION_BYTES = 48 * 1024;
/** What comes so long after it was asked for came after quiet, ms. */
const QUIET_MS = 2;

export interface GathererOptions {
  /** It reads nothing unasked (see {@link GATHERED}): the kernel gathers. */
  readonly stream: Pick<Readable, 'on' | 'read' | 'readableLength'>;
  take(text: string): void;
  /** Milliseconds that only grow. @default performance.now */
  now?(): number;
}

/** The high-water mark of such a stream: having nothing is having enough, so it reads when it is asked to, once, and then stops. */
export const GATHERED = 0;

/**
 * Takes what a stream has in turns. bpftrace writes a few records at a time, thousands of times a second, and a process that is woken for each
 * spends more on waking than on the records. After quiet the first piece is taken at once, and the next may be too: whoever caused either may be a
 * short process, and must still be found.
 */
export class Gatherer {
  readonly #options: Required<GathererOptions>;
  #timer: NodeJS.Timeout | undefined;
  #askedMs: number;
  /** Whether the last piece came after quiet, and no pause was made behind it. */
  #spared = false;
  #pauseMs = TURN_MS;
  /** Bytes since the last pause. */
  #taken = 0;

  constructor({ now = () => performance.now(), ...options }: GathererOptions) {
    this.#options = { now, ...options };
    this.#askedMs = now();
    options.stream.on('readable', () => this.#take());
  }

  /** What was read is taken: something else comes now that must not overtake it. */
  flush(): void {
    if (this.#options.stream.readableLength > 0) this.#take();
  }

  #take(): void {
    const { stream, take, now } = this.#options;
    // Also where there is nothing: that is how a stream comes to its end.
    const text: unknown = stream.read();
    if (typeof text !== 'string') return;
    this.#taken += text.length;
    const afterQuiet = !this.#spared && now() - this.#askedMs >= QUIET_MS;
    if (afterQuiet) this.#spared = true;
    if (afterQuiet || text.length >= READING_BYTES) this.#ask();
    else this.#pause();
    take(text);
  }

  #ask(): void {
    this.#timer = undefined;
    this.#askedMs = this.#options.now();
    this.#options.stream.read(0);
  }

  /** For a turn, or for as long as a portion takes to come. */
  #pause(): void {
    this.#spared = false;
    this.#pauseMs = Math.max(1, Math.min(TURN_MS, Math.floor((this.#pauseMs * PORTION_BYTES) / this.#taken)));
    this.#taken = 0;
    this.#timer ??= setTimeout(() => this.#ask(), this.#pauseMs);
  }
}
