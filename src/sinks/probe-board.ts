import type { Event, ProbeEvent } from '../core/model/event.ts';
import type { Health } from '../core/model/probe.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import type { Filter } from '../formats/filter.ts';
import { probeWireOf } from '../formats/probe.ts';
import type { ProbeDetail, ProbePage, Probing } from '../formats/probes.ts';
import { KeptProbe } from './kept-probe.ts';

/** Attempts kept in all, some 3 KiB each: shared by the targets, within bounds for each. */
const KEPT = { all: 20_000, least: 2, most: 100 };

/** How probing itself goes. */
export type ProberState = Pick<Probing, 'down' | 'deaths' | 'untold'>;

export interface Wanted {
  readonly filter: Filter;
  /** Empty is any. */
  readonly healths: readonly Health[];
  readonly limit: number;
  /** Only targets with a higher `id`. */
  readonly after: number;
}

/** The targets that are probed, how each stands, and their last attempts. Bounded by the configuration and by {@link KEPT}. */
export class ProbeBoard {
  readonly #host: string;
  readonly #state: () => ProberState;
  readonly #kept = new Map<string, KeptProbe>();
  #nextId = 1;

  /** @param host the name of this machine, as events have it. */
  constructor(host: string, state: () => ProberState = () => ({ down: null, deaths: 0, untold: 0 })) {
    this.#host = host;
    this.#state = state;
  }

  /** Follows these targets and no others; those that are as they were keep their history. */
  follow(targets: readonly ProbeTarget[]): void {
    const wanted = new Map(targets.map((target) => [target.name, target]));
    for (const [name, { target }] of this.#kept) {
      if (JSON.stringify(wanted.get(name)) !== JSON.stringify(target)) this.#kept.delete(name);
    }
    const each = Math.min(Math.max(Math.floor(KEPT.all / Math.max(1, targets.length)), KEPT.least), KEPT.most);
    for (const target of targets) {
      const known = this.#kept.get(target.name);
      if (known === undefined) this.#kept.set(target.name, new KeptProbe(this.#nextId++, target, each));
      else known.keep(each);
    }
  }

  accept(events: readonly Event[]): void {
    for (const event of events) if (event.kind === 'probe') this.#kept.get(event.attempt.target)?.accept(event);
  }

  /** The targets in the order of coming. A FILTER is held against the last attempt; one without any fits the empty one only. */
  list({ filter, healths, limit, after }: Wanted): ProbePage {
    const fitting = [...this.#kept.values()].filter(
      (kept) =>
        (healths.length === 0 || healths.includes(kept.health)) &&
        (filter.text === '' || (kept.last !== null && filter.matches(kept.last, this.#host))),
    );
    const page = fitting.filter(({ id }) => id > after).slice(0, limit);
    const last = page.at(-1);
    const next = last !== undefined && page.length === limit && last !== fitting.at(-1) ? last.id : null;
    return { filter: filter.text, total: fitting.length, probes: page.map((kept) => kept.row), next };
  }

  /** Null where it is not probed. */
  detail(name: string): ProbeDetail | null {
    const kept = this.#kept.get(name);
    if (kept === undefined) return null;
    return { probe: kept.row, attempts: kept.attempts.map((event: ProbeEvent) => probeWireOf(event, this.#host)).reverse() };
  }

  /** For metrics. */
  get probes(): IterableIterator<KeptProbe> {
    return this.#kept.values();
  }

  get status(): Probing {
    const byHealth: Probing['byHealth'] = { new: 0, healthy: 0, jittering: 0, weak: 0, dead: 0 };
    let attempts = 0;
    for (const kept of this.#kept.values()) {
      byHealth[kept.health] += 1;
      attempts += kept.counts.attempts;
    }
    return { targets: this.#kept.size, byHealth, attempts, ...this.#state() };
  }
}
