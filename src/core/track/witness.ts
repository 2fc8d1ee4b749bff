import type { CountersInput } from '../model/input.ts';
import type { StateRecord } from '../model/record.ts';

/** A statistic of the kernel's that must equal a number of transitions. */
interface Equality {
  readonly name: string;
  readonly kernel: (counters: CountersInput) => number;
  /** The transitions, as the keys of their in-kernel counter: from × 16 + to. */
  readonly keys: readonly number[];
}

/** Equal in every one of 1,139 recorded runs; ActiveOpens only in 99 % of them, so it is no witness. */
const EQUALITIES: readonly Equality[] = [
  {
    // tcp_create_openreq_child counts it for each child that inet_csk_clone_lock makes SYN_RECV.
    name: 'state LISTEN→SYN_RECV',
    kernel: (counters) => counters.passiveOpens,
    keys: [10 * 16 + 3],
  },
  {
    // tcp_set_state counts it where an ESTABLISHED or CLOSE_WAIT socket becomes CLOSE.
    name: 'state ESTABLISHED or CLOSE_WAIT→CLOSE',
    kernel: (counters) => counters.estabResets,
    keys: [1 * 16 + 7, 8 * 16 + 7],
  },
];

/** Which of them counts a transition, by its key; -1 where none does. */
const EQUALITY_OF = Int8Array.from({ length: 256 }, (_, key) => EQUALITIES.findIndex(({ keys }) => keys.includes(key)));

interface Tally {
  seen: number;
  /** The kernel's count when the namespace was first looked at, and what had been told as lost until then. */
  base: number;
  explainedBase: number;
  /** How far the kernel is ahead of us: now, and at the look before. */
  ahead: number;
  aheadBefore: number;
  told: number;
}

interface Watched {
  readonly tallies: readonly Tally[];
  /** What is older was in the kernel's count at the first look, CLOCK_MONOTONIC ns. */
  readonly baseNs: number;
  /** The look before last, and the last one, CLOCK_MONOTONIC ns. */
  before: number;
  last: number;
}

/** What other accounts have told as lost so far, of whatever namespace. */
export interface Explained {
  /** Transitions by their counter's key (from × 16 + to), known exactly. */
  lost(key: number): number;
  /** Programs that the kernel skipped: each may have been any transition. */
  readonly skipped: number;
  /** When any of that last grew. */
  readonly grownNs: number;
}

/** A shortfall that no other account of loss has told of. */
export interface Unseen {
  readonly what: string;
  readonly lost: number;
  /** The look before last: what stood at the last one was lost between the two. */
  readonly fromNs: number;
}

/** Between a transition's record and the kernel's statistic of it lies less than this; mostly the error of bpftrace's clock is less, too, ns. */
const SETTLED_NS = 1e6;

/** Looks closer together count as one, ns: what is late is not lost. */
const APART_NS = 0.9e9;

/**
 * Holds what the hooks saw against the kernel's own statistics, which no tracing can lose. A kernel that skips our programs keeps our
 * in-kernel counters from counting too; only this notices. A shortfall counts once it has stood in two looks in a row.
 */
export class Witness {
  readonly #netns = new Map<number | null, Watched>();
  readonly #early = new EarlyRecords();
  /** What was seen before cannot be compared. */
  #sinceNs = Number.NEGATIVE_INFINITY;

  /** A transition at `ns`, CLOCK_MONOTONIC. */
  saw({ netns, key }: StateRecord, ns: number): void {
    const index = EQUALITY_OF[key] ?? -1;
    if (index < 0) return;
    const watched = this.#netns.get(netns);
    const tally = watched?.tallies[index];
    if (watched === undefined || tally === undefined) this.#early.add(netns, index, ns);
    else if (ns >= watched.baseNs) tally.seen++;
  }

  /**
   * One look at one namespace. What others have told since its first look is not told again: an equality is explained by the loss of its
   * own transitions, and by skips.
   */
  looked(counters: CountersInput, explained: Explained): Unseen[] {
    const watched = this.#netns.get(counters.netns);
    if (watched === undefined) {
      this.#begin(counters, explained);
      return [];
    }
    if (counters.atNs - watched.last < APART_NS) return [];
    const unseen: Unseen[] = [];
    for (const [index, equality] of EQUALITIES.entries()) {
      const tally = watched.tallies[index];
      if (tally === undefined) continue;
      tally.aheadBefore = tally.ahead;
      tally.ahead = equality.kernel(counters) - tally.base - tally.seen;
      const lost = Math.min(tally.ahead, tally.aheadBefore) - tally.told - (explains(equality, explained) - tally.explainedBase);
      if (lost > 0) {
        tally.told += lost;
        unseen.push({ what: equality.name, lost, fromNs: watched.before });
      }
    }
    watched.before = watched.last;
    watched.last = counters.atNs;
    return unseen;
  }

  /** Nothing of before `ns` can be compared: the next look at what was after it begins anew. */
  restart(ns: number): void {
    this.#netns.clear();
    this.#sinceNs = Math.max(this.#sinceNs, ns);
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    for (const netns of this.#netns.keys()) if (netns !== null && !alive.has(netns)) this.#netns.delete(netns);
  }

  /**
   * A look comes late where this process was busy: what has happened since, and was seen, is no part of the kernel's count. What was seen while it was
   * taken may be: as many that nothing saw stay untold. Where others have told of a loss since, nobody knows whether it came before.
   */
  #begin(counters: CountersInput, explained: Explained): void {
    const { netns, atNs, fromNs = atNs } = counters;
    const baseNs = fromNs - SETTLED_NS;
    if (baseNs < Math.max(this.#sinceNs, this.#early.forgottenNs, explained.grownNs)) return;
    const seen = this.#early.since(netns, baseNs);
    this.#netns.set(netns, {
      tallies: EQUALITIES.map((equality, index) => ({
        seen: seen[index] ?? 0,
        base: equality.kernel(counters),
        explainedBase: explains(equality, explained),
        ahead: 0,
        aheadBefore: 0,
        told: 0,
      })),
      baseNs,
      before: atNs,
      last: atNs,
    });
  }
}

/** Records kept of namespaces that were not looked at yet: 0.1 s at 40,000 a second, and a look is seldom later. */
const EARLY = 4096;

/** The latest transitions that an equality counts, in namespaces that were not looked at yet. */
class EarlyRecords {
  readonly #netns = new Float64Array(EARLY);
  readonly #index = new Uint8Array(EARLY);
  readonly #ns = new Float64Array(EARLY).fill(Number.NEGATIVE_INFINITY);
  #next = 0;
  #forgottenNs = Number.NEGATIVE_INFINITY;

  /** The newest of those that are not kept any more. */
  get forgottenNs(): number {
    return this.#forgottenNs;
  }

  add(netns: number | null, index: number, ns: number): void {
    const at = this.#next;
    this.#forgottenNs = Math.max(this.#forgottenNs, this.#ns[at] ?? 0);
    this.#netns[at] = netns ?? NO_NETNS;
    this.#index[at] = index;
    this.#ns[at] = ns;
    this.#next = (at + 1) % EARLY;
  }

  /** How many of each equality there were in `netns` since `ns`. */
  since(netns: number | null, ns: number): readonly number[] {
    const seen = EQUALITIES.map(() => 0);
    const wanted = netns ?? NO_NETNS;
    for (let at = 0; at < EARLY; at++) {
      if (this.#netns[at] !== wanted || (this.#ns[at] ?? 0) < ns) continue;
      const index = this.#index[at] ?? 0;
      seen[index] = (seen[index] ?? 0) + 1;
    }
    return seen;
  }
}

/** Where namespaces cannot be told apart. */
const NO_NETNS = -1;

function explains({ keys }: Equality, { lost, skipped }: Explained): number {
  return keys.reduce((sum, key) => sum + lost(key), skipped);
}
