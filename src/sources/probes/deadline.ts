import { TIMED_OUT } from './fault.ts';

/**
 * Aborts an attempt when its time is over. Time in which this thread's event loop was held is not on the target's account: nobody was
 * there to see its answer. It is added, up to as much again as the timeout; what a busy prober would else call dead is slow, and says why.
 */
export class Deadline {
  readonly #timeoutMs: number;
  readonly #heldMs: () => number;
  readonly #end: AbortController;
  readonly #startMs = performance.now();
  #timer: NodeJS.Timeout;
  #over = false;

  /** @param heldMs how long the loop was held since the attempt began. */
  constructor(timeoutMs: number, heldMs: () => number, end: AbortController) {
    this.#timeoutMs = timeoutMs;
    this.#heldMs = heldMs;
    this.#end = end;
    this.#timer = setTimeout(() => this.#look(), timeoutMs);
  }

  cancel(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  /** Only after the sockets' turn: an answer that is there already goes before the timeout. */
  #look(): void {
    setImmediate(() => {
      if (this.#over) return;
      const leftMs = this.#startMs + this.#timeoutMs + Math.min(this.#heldMs(), this.#timeoutMs) - performance.now();
      if (leftMs < 1) this.#end.abort(TIMED_OUT);
      else this.#timer = setTimeout(() => this.#look(), leftMs);
    });
  }
}
