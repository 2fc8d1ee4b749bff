import type { Readable } from 'node:stream';
import { TURN_MS } from '../../core/track/order.ts';

/** After so much text the next is read at once: there is no waiting where there is much to do. */
const ENOUGH = 32 * 1024;

export interface GathererOptions {
  /** It reads nothing unasked (see {@link GATHERED}): the kernel gathers. */
  readonly stream: Pick<Readable, 'on' | 'read' | 'readableLength'>;
  take(text: string): void;
}

/** The high-water mark of such a stream: having nothing is having enough, so it reads when it is asked to, once, and then stops. */
export const GATHERED = 0;

/**
 * Takes what a stream has in turns. bpftrace writes a few records at a time, thousands of times a second, and a process that is woken for each
 * spends more on waking than on the records. After quiet the first piece is taken at once: whoever caused it may be a short process, and must
 * still be found.
 */
export class Gatherer {
  readonly #options: GathererOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GathererOptions) {
    this.#options = options;
    options.stream.on('readable', () => this.#take());
  }

  /** What was read is taken: something else comes now that must not overtake it. */
  flush(): void {
    if (this.#options.stream.readableLength > 0) this.#take();
  }

  #take(): void {
    const { stream, take } = this.#options;
    // Also where there is nothing: that is how a stream comes to its end.
    const text: unknown = stream.read();
    if (typeof text !== 'string') return;
    if (text.length >= ENOUGH) stream.read(0);
    else this.#timer ??= setTimeout(() => this.#turn(), TURN_MS);
    take(text);
  }

  #turn(): void {
    this.#timer = undefined;
    this.#options.stream.read(0);
  }
}
