import type { CountersInput, KernelUpInput, SkippedInput } from '../model/input.ts';
import type { CounterRecord, StateRecord } from '../model/record.ts';
import type { Breaks } from './breaks.ts';
import type { Gap } from './gaps.ts';
import { GapBook } from './gaps.ts';
import { LossAccount } from './loss.ts';
import { Skips } from './skips.ts';
import { Witness } from './witness.ts';

/** What was not seen, by every account there is: bpftrace's word, our in-kernel counters, the kernel's skips, its own statistics, what sockets did next. */
export class Reckoning {
  readonly loss = new LossAccount();
  readonly gaps = new GapBook();
  readonly skips = new Skips();
  readonly #witness = new Witness();
  readonly #breaks: Breaks;
  /** When the in-kernel counters were last read. */
  #countedNs = 0;
  /** When the counters last said that something is missing. */
  #missedNs = Number.NEGATIVE_INFINITY;

  constructor(breaks: Breaks) {
    this.#breaks = breaks;
  }

  get countedNs(): number {
    return this.#countedNs;
  }

  /** One entry of an in-kernel counter has come. */
  counter({ stream, key, count, shed }: CounterRecord, nowNs: number): void {
    this.#countedNs = nowNs;
    if (shed) {
      const more = this.loss.shedding(stream, key, count);
      if (more !== null) this.gaps.shed(more);
    } else this.loss.counted(stream, key, count, nowNs);
  }

  /**
   * A heartbeat of `ns` came, at `nowNs`: what is told now of what is missing. Counters are read when they are printed, which a bpftrace that is behind does
   * ahead of records made long before: so they are held against what came by the heartbeat's time, not by ours.
   */
  look(ns: number, nowNs: number): Gap[] {
    for (const missing of this.loss.settled(ns)) {
      this.gaps.missing(missing);
      this.#missedNs = nowNs;
    }
    return this.gaps.look(ns);
  }

  /** bpftrace was started, or had been running before we began: then its counters do not begin at zero. */
  begin({ atNs, running }: KernelUpInput): void {
    this.skips.restart(atNs, running);
    this.loss.begin(running === true);
  }

  /** The kernel's skips were read: what is told now. `late`: records so far that came after later ones. */
  skipped({ total, atNs }: SkippedInput, late: number): Gap[] {
    const gap = this.skips.read(total, atNs);
    const those = gap === null ? [] : [gap];
    return [...those, this.#breaks.read(atNs, this.#explained(those, late))].filter((one) => one !== null);
  }

  /** bpftrace has ended, because we `asked` it to or by itself: what is told of it now. */
  ended(nowNs: number, asked: boolean, late: number): Gap[] {
    for (const missing of this.loss.ended(asked)) this.gaps.missing(missing);
    this.#witness.restart(nowNs);
    const those = this.gaps.look(nowNs, true);
    return [...those, this.#breaks.ended(nowNs, this.#explained(those, late), asked)].filter((one) => one !== null);
  }

  /** A transition at `ns`, CLOCK_MONOTONIC. */
  saw(record: StateRecord, ns: number): void {
    this.#witness.saw(record, ns);
  }

  /** Before `ns` other sockets were told than are now: neither the kernel's statistics nor what sockets do next can be compared with that. */
  resume(ns: number): void {
    this.#witness.restart(ns);
    this.#breaks.whole(ns);
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    this.#witness.keepNamespaces(alive);
  }

  /** The kernel's statistics of one namespace, held against what was seen and what others have told as lost. */
  witnessed(counters: CountersInput): Gap[] {
    const grownNs = Math.max(this.#missedNs, this.skips.grownNs);
    const explained = { lost: (key: number) => this.loss.lost('state', key), skipped: this.skips.total + this.#breaks.told, grownNs };
    return this.#witness.looked(counters, explained).map((unseen) => ({ cause: 'unseen', toNs: counters.atNs, ...unseen }));
  }

  /** Losses of which a break may be one, those about to be told among them. A record that comes after the next of its socket makes two, and is none. */
  #explained(those: readonly Gap[], late: number): number {
    return this.gaps.totals.lost - this.#breaks.told + those.reduce((sum, { lost }) => sum + (lost ?? 0), 0) + 2 * late;
  }
}
