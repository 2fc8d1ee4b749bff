import type { CountersInput } from '../model/input.ts';
import type { StateRecord } from '../model/record.ts';

/** A statistic of the kernel's that must equal a number of transitions. */
interface Equality {
  readonly name: string;
  readonly kernel: (counters: CountersInput) => number;
  readonly transition: (record: StateRecord) => boolean;
}

/** Equal in every one of 1,139 recorded runs; ActiveOpens only in 99 % of them, so it is no witness. */
const EQUALITIES: readonly Equality[] = [
  {
    // tcp_create_openreq_child counts it for each child that inet_csk_clone_lock makes SYN_RECV.
    name: 'state LISTEN→SYN_RECV',
    kernel: (counters) => counters.passiveOpens,
    transition: (record) => record.from === 'LISTEN' && record.to === 'SYN_RECV',
  },
  {
    // tcp_set_state counts it where an ESTABLISHED or CLOSE_WAIT socket becomes CLOSE.
    name: 'state ESTABLISHED or CLOSE_WAIT→CLOSE',
    kernel: (counters) => counters.estabResets,
    transition: (record) => record.to === 'CLOSE' && (record.from === 'ESTABLISHED' || record.from === 'CLOSE_WAIT'),
  },
];

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

/** A shortfall that no other account of loss has told of. */
export interface Unseen {
  readonly what: string;
  readonly lost: number;
}

/**
 * Holds what the hooks saw against the kernel's own statistics, which no tracing can lose. A kernel that skips our programs keeps our
 * in-kernel counters from counting too; only this notices. A shortfall counts once it has stood in two looks in a row.
 */
export class Witness {
  readonly #netns = new Map<number | null, Tally[]>();

  saw(record: StateRecord): void {
    const tallies = this.#netns.get(record.netns);
    if (tallies === undefined) return;
    for (const [index, equality] of EQUALITIES.entries()) {
      const tally = tallies[index];
      if (tally !== undefined && equality.transition(record)) tally.seen++;
    }
  }

  /**
   * One look at one namespace. `explained`: transitions told as lost so far by other accounts, of whatever namespace; those since the
   * first look are not told again.
   */
  looked(counters: CountersInput, explained: number): Unseen[] {
    const tallies = this.#netns.get(counters.netns);
    if (tallies === undefined) {
      this.#netns.set(
        counters.netns,
        EQUALITIES.map((equality) => ({
          seen: 0,
          base: equality.kernel(counters),
          explainedBase: explained,
          ahead: 0,
          aheadBefore: 0,
          told: 0,
        })),
      );
      return [];
    }
    const unseen: Unseen[] = [];
    for (const [index, equality] of EQUALITIES.entries()) {
      const tally = tallies[index];
      if (tally === undefined) continue;
      tally.aheadBefore = tally.ahead;
      tally.ahead = equality.kernel(counters) - tally.base - tally.seen;
      const lost = Math.min(tally.ahead, tally.aheadBefore) - tally.told - (explained - tally.explainedBase);
      if (lost > 0) {
        tally.told += lost;
        unseen.push({ what: equality.name, lost });
      }
    }
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
