/**
 * Whether a process may have come that is in a namespace of its own, by the number of the one that was begun last ({@link
 * import('./netns.ts').lastPid}): looking at each costs 4 µs, and on a quiet machine none comes for minutes.
 */
export class Newcomers {
  #last: number | null = null;
  /** Whoever has just begun may only now leave for a namespace of its own (unshare(2)): with the next turn, too. */
  #again = false;

  /** To be asked once a turn, before processes are looked at. `last`: null where nothing tells, then any may have come. */
  mayHaveCome(last: number | null): boolean {
    const changed = last === null || last !== this.#last;
    const may = changed || this.#again;
    this.#last = last;
    this.#again = changed;
    return may;
  }
}
