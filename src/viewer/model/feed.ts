import { EventRing } from './event-ring.ts';

/** Who stopped the table: the reader's hand, scrolling away from the top, or details being read. */
export type PauseReason = 'hand' | 'scroll' | 'details';

const LASTING: readonly PauseReason[] = ['details', 'scroll', 'hand'];

/**
 * What the event table shows: the newest rows, or while paused a copy of what was there at that moment. A copy, because at
 * 5,000 events/s the ring turns over in four seconds and would pull the rows away from under the reader's eyes.
 */
export class Feed<T> {
  readonly #ring: EventRing<T>;
  #held: readonly T[] = [];
  #reason: PauseReason | null = null;
  #received = 0;
  #waiting = 0;

  constructor(capacity: number) {
    this.#ring = new EventRing(capacity);
  }

  get capacity(): number {
    return this.#ring.capacity;
  }

  /** Rows that can be scrolled to. */
  get length(): number {
    return this.#reason === null ? this.#ring.length : this.#held.length;
  }

  /** Rows since the page was opened or cleared. */
  get received(): number {
    return this.#received;
  }

  get paused(): PauseReason | null {
    return this.#reason;
  }

  /** Rows that came since the pause. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Of those, the ones that will not be here any more on resuming. */
  get waitingGone(): number {
    return Math.max(0, this.#waiting - this.#ring.capacity);
  }

  /** All that is held, paused or not; a copy. */
  newestFirst(): T[] {
    return this.#ring.newestFirst();
  }

  push(row: T): void {
    this.#ring.push(row);
    this.#received++;
    if (this.#reason !== null) this.#waiting++;
  }

  /** 0 is the newest row shown. */
  at(index: number): T | undefined {
    return this.#reason === null ? this.#ring.at(index) : this.#held[index];
  }

  /** Of several reasons the more lasting one counts: details before scrolling before the hand. */
  pause(reason: PauseReason): void {
    if (this.#reason === null) this.#held = this.#ring.newestFirst();
    if (this.#reason === null || LASTING.indexOf(reason) > LASTING.indexOf(this.#reason)) this.#reason = reason;
  }

  resume(): void {
    this.#reason = null;
    this.#held = [];
    this.#waiting = 0;
  }

  clear(): void {
    this.#ring.clear();
    this.#held = [];
    this.#received = 0;
    this.#waiting = 0;
  }
}
