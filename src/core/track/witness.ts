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
}

/** A shortfall that no other account of loss has told of. */
export interface Unseen {
  readonly what: string;
  readonly lost: number;
  /** The look before last: what stood at the last one was lost between the two. */
  readonly fromNs: number;
}

/** Looks closer together count as one, ns: what is late is not lost. */
const APART_NS = 0.9e9;

/**
 * Holds what the hooks saw against the kernel's own statistics, which no tracing can lose. A kernel that skips our programs keeps our
 * in-kernel counters from counting too; only this notices. A shortfall counts once it has stood in two looks in a row.
 */
export class Witness {
  readonly #netns = new Map<number | null, Watched>();

  saw(record: StateRecord): void {
    const tallies = this.#netns.get(record.netns)?.tallies;
    if (tallies === undefined) return;
    const tally = tallies[EQUALITY_OF[record.key] ?? -1];
    if (tally !== undefined) tally.seen++;
  }

  /**
   * One look at one namespace. What others have told since its first look is not told again: an equality is explained by the loss of its
   * own transitions, and by skips.
   */
  looked(counters: CountersInput, explained: Explained): Unseen[] {
    const watched = this.#netns.get(counters.netns);
    if (watched === undefined) {
      this.#netns.set(counters.netns, {
        tallies: EQUALITIES.map((equality) => ({
          seen: 0,
          base: equality.kernel(counters),
          explainedBase: explains(equality, explained),
          ahead: 0,
          aheadBefore: 0,
          told: 0,
        })),
        before: counters.atNs,
        last: counters.atNs,
      });
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

  /** After blind time nothing before it can be compared: the next look begins anew. */
  restart(): void {
    this.#netns.clear();
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    for (const netns of this.#netns.keys()) if (netns !== null && !alive.has(netns)) this.#netns.delete(netns);
  }
}

function explains({ keys }: Equality, { lost, skipped }: Explained): number {
  return keys.reduce((sum, key) => sum + lost(key), skipped);
}
