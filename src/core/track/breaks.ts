import type { Gap } from './gaps.ts';

/** How it stood when the kernel's skips were read. */
interface Reading {
  readonly ns: number;
  /** Losses that other accounts had told of by then. */
  readonly explained: number;
  readonly seen: number;
  /** When what broke since the reading before was last whole. */
  readonly sinceNs: number;
}

const NEVER: Reading = { ns: Number.NEGATIVE_INFINITY, explained: 0, seen: 0, sinceNs: Number.POSITIVE_INFINITY };

/** Readings closer together count as one, ns: counters have to settle between two. */
const APART_NS = 1e9;

/**
 * Transitions that nobody told and that the next ones of the same sockets prove, by beginning where none that was told had led: before Linux 6.7 the kernel
 * skips programs without counting them, and what it counted goes with a bpftrace that ends by itself. Each break counts as one, though more may be missing.
 * One that others explain is not told again: so only what was lost within the last readings counts, and all that they told since is held against it.
 */
export class Breaks {
  /** What is older says nothing. */
  #wholeNs = Number.POSITIVE_INFINITY;
  #seen = 0;
  #told = 0;
  #sinceNs = Number.POSITIVE_INFINITY;
  /** The newest first. */
  #readings: readonly [Reading, Reading, Reading] = [NEVER, NEVER, NEVER];

  /** So many were told by now. */
  get told(): number {
    return this.#told;
  }

  /** Sockets last heard of before `ns` say nothing: until then not everything was told. */
  whole(ns: number): void {
    this.#wholeNs = ns;
  }

  /**
   * A socket that a hook last told of at `heardNs` has made a transition that nobody told: so says its next one, at `ns`, or that of another at its pointer. One
   * that comes late says nothing.
   */
  broke(heardNs: number, ns: number): void {
    if (ns < heardNs || heardNs < this.#wholeNs || heardNs < this.#readings[1].ns) return;
    this.#seen++;
    this.#sinceNs = Math.min(this.#sinceNs, heardNs);
  }

  /**
   * The skips were read at `ns`, and others have `explained` so many losses by now. What came before the last reading and is not explained now is told: the
   * counters of what was lost settle in between.
   */
  read(ns: number, explained: number): Gap | null {
    const [newest, before, oldest] = this.#readings;
    const now = { ns, explained, seen: this.#seen, sinceNs: this.#sinceNs };
    this.#sinceNs = Number.POSITIVE_INFINITY;
    if (ns - newest.ns < APART_NS) {
      this.#readings = [{ ...now, ns: newest.ns, sinceNs: Math.min(now.sinceNs, newest.sinceNs) }, before, oldest];
      return null;
    }
    this.#readings = [now, newest, before];
    return this.#tell(newest.seen - before.seen - (explained - oldest.explained), newest.sinceNs, newest.ns);
  }

  /**
   * bpftrace has ended at `ns`. Where it was `asked` to, the skips were read just before, and what it threw away since is nobody's loss. Nothing is whole until
   * another one tells everything.
   */
  ended(ns: number, explained: number, asked: boolean): Gap | null {
    const [newest, before, oldest] = this.#readings;
    const due = (asked ? newest.seen : this.#seen) - before.seen;
    const sinceNs = asked ? newest.sinceNs : Math.min(newest.sinceNs, this.#sinceNs);
    const now = { ...NEVER, ns, explained, seen: this.#seen };
    this.#readings = [now, now, now];
    this.#sinceNs = Number.POSITIVE_INFINITY;
    this.#wholeNs = Number.POSITIVE_INFINITY;
    return this.#tell(due - (explained - oldest.explained), sinceNs, ns);
  }

  #tell(lost: number, fromNs: number, toNs: number): Gap | null {
    if (lost <= 0) return null;
    this.#told += lost;
    return { cause: 'unseen', lost, fromNs, toNs, what: 'state, as the next of the same sockets show' };
  }
}
