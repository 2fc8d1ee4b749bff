import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromLookout, ToLookout } from './lookout-messages.ts';
import type { Visit, Visited } from './visit.ts';

/**
 * Looks at network namespaces in a thread of its own, see {@link import('./visit.ts').Visitor}: some thirty times as cheap as a command in each,
 * and what it walks through does not hold up observing.
 */
export class Lookout implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;
  #down: string | null = null;
  #answer: ((message: FromLookout | null) => void) | null = null;

  private constructor() {
    // This file's own ending: .ts from a checkout, .js once built.
    this.#worker = new Worker(new URL(`./lookout-thread${extname(import.meta.url)}`, import.meta.url), { name: 'synoptic-look' });
    this.#ended = once(this.#worker, 'exit').catch(() => undefined);
    this.#worker.on('message', (message: FromLookout) => this.#answer?.(message));
    this.#worker.once('error', (error) => {
      this.#down = error instanceof Error ? error.message : String(error);
    });
    this.#worker.once('exit', () => {
      this.#down ??= 'its thread has ended';
      this.#answer?.(null);
    });
  }

  /** A thread that is ready, or why there can be none. */
  static async open(): Promise<Lookout | string> {
    const lookout = new Lookout();
    const ready = await lookout.#next();
    if (ready?.type === 'ready' && ready.why === null) return lookout;
    await lookout[Symbol.asyncDispose]();
    return ready?.type === 'ready' && ready.why !== null ? ready.why : (lookout.#down ?? 'it did not begin');
  }

  /** Why it looks no more; null while it does. */
  get down(): string | null {
    return this.#down;
  }

  /** Looks at each, in this order; one round at a time. Null where the thread ended over it. */
  async look(visits: readonly Visit[]): Promise<readonly Visited[] | null> {
    if (this.#down !== null) return null;
    const answered = this.#next();
    const message: ToLookout = { visits };
    this.#worker.postMessage(message);
    const answer = await answered;
    return answer?.type === 'visited' ? answer.visited : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }

  #next(): Promise<FromLookout | null> {
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }
}
