import { nowNs } from '../clock.ts';

/** Something that is due at a moment of CLOCK_MONOTONIC; `run` is left out once it is cancelled. */
export interface Entry {
  readonly dueNs: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Timers turn in whole milliseconds: what is due within half of one runs now rather than half of one late. */
const SLACK_NS = 0.5e6;

/**
 * Runs things when they are due, all with one timer: ten thousand of Node's own would each cost a list and its place in a queue. A heap by
 * `dueNs`; of what is due at the same moment any may be first.
 */
export class Agenda {
  readonly #heap: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer will turn. */
  #armedNs = Number.POSITIVE_INFINITY;

  at(dueNs: number, run: () => void): Entry {
    const entry = { dueNs, run, cancelled: false };
    this.#push(entry);
    if (dueNs < this.#armedNs) this.#arm();
    return entry;
  }

  clear(): void {
    this.#heap.length = 0;
    clearTimeout(this.#timer);
    this.#armedNs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const [head] = this.#heap;
    this.#armedNs = head?.dueNs ?? Number.POSITIVE_INFINITY;
    if (head === undefined) return;
    // Node takes what is beyond 2^31 ms for 1.
    const ms = Math.min(Math.max(1, Math.ceil((head.dueNs - SLACK_NS - nowNs()) / 1e6)), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#turn(), ms);
  }

  #turn(): void {
    // What becomes due while these run has its turn after the sockets'.
    const untilNs = nowNs() + SLACK_NS;
    this.#armedNs = Number.NEGATIVE_INFINITY;
    for (let [head] = this.#heap; head !== undefined && head.dueNs <= untilNs; [head] = this.#heap) {
      this.#pop();
      if (!head.cancelled) head.run();
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.dueNs <= entry.dueNs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  /** Takes the head off: the last one sinks from there to its place. */
  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const right = other !== undefined && other.dueNs < one.dueNs;
      const least = right ? other : one;
      if (least.dueNs >= last.dueNs) break;
      heap[at] = least;
      at = right ? left + 1 : left;
    }
    heap[at] = last;
  }
}
