import { type FourTuple, tupleKey } from '../../core/model/four-tuple.ts';
import type { EventWire } from '../../formats/event.ts';
import type { TimeWaitGroup } from '../../formats/status.ts';
import { forgetOldest } from './forget-oldest.ts';

/** Linux's TIME_WAIT lasts a fixed 60 s (TCP_TIMEWAIT_LEN). */
export const TIME_WAIT_S = 60;
/** Columns of the heat map: 5 s each. */
export const BINS = 12;
const BIN_S = TIME_WAIT_S / BINS;

/** By what entries are put together. */
export const GROUPINGS = ['destination', 'remote-port', 'local-port', 'owner'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** One four-tuple's stay. */
interface Entry {
  readonly tuple: FourTuple;
  readonly owner: string;
  readonly enterNs: number;
}

/** A row of the heat map and the ledger. All numbers are since the page was opened, `waiting` is now. */
export interface Group {
  readonly name: string;
  readonly waiting: number;
  readonly entered: number;
  readonly expired: number;
  readonly reused: number;
  /** By age in TIME_WAIT: how many stand there now, how many came that far, and how many of those were taken over there. */
  readonly bins: readonly { readonly now: number; readonly reached: number; readonly reused: number }[];
}

interface Counts {
  entered: number;
  expired: number;
  reused: number;
  /** Left at this age, taken over or not. */
  /** Null until one left: most groups by local port are of a single stay. */
  leftIn: Float64Array | null;
  reusedIn: Float64Array | null;
}

/** Entries whose leaving is waited for; more are not followed. */
const ENTRIES = 200_000;
/** Whose leaving was lost on the way: the kernel keeps none longer, ns. They are looked for once in so many entries. */
const OVERDUE_NS = (TIME_WAIT_S + BIN_S) * 1e9;
const SWEEP_EACH = 1_000;
const GROUPS_KEPT = 5_000;
/** More than that are taken out together: finding the oldest of a Map means passing over all that were taken out before. */
const GROUPS_OVER = 1_000;

/** What the service says of one pool: how many wait there, by age. */
export type Told = Pick<TimeWaitGroup, 'raddr' | 'rport' | 'ages'>;

/**
 * Who entered and left TIME_WAIT, from its events. What entered before the page was opened no event told: how many of those wait, and for
 * how long, the service tells by destination.
 */
export class TimeWaitLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #left: Record<Grouping, Map<string, Counts>> = byGrouping(() => new Map<string, Counts>());
  #forgotten = 0;
  #sinceSweep = 0;

  /** Entries that were not followed because there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  accept(event: Extract<EventWire, { kind: 'time-wait' }>): void {
    const key = tupleKey(event.netns ?? 0, event);
    if (event.phase === 'enter') {
      const entry = { tuple: event, owner: event.comm ?? '', enterNs: Number(event.ns) };
      this.#entries.delete(key); // the latest to enter stand last
      if (++this.#sinceSweep >= SWEEP_EACH) this.#sweep(entry.enterNs);
      if (this.#entries.size >= ENTRIES) this.#forgotten++;
      else this.#entries.set(key, entry);
      for (const by of GROUPINGS) this.#counts(by, nameOf(by, entry)).entered++;
      return;
    }
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    const bin = entry === undefined ? -1 : binOf(Number(event.ns) - entry.enterNs);
    for (const by of GROUPINGS) {
      const counts = this.#counts(by, nameOf(by, entry ?? { tuple: event, owner: event.comm ?? '' }));
      if (event.reusedBy === null) counts.expired++;
      else counts.reused++;
      if (bin < 0) continue;
      counts.leftIn = oneMore(counts.leftIn, bin);
      if (event.reusedBy !== null) counts.reusedIn = oneMore(counts.reusedIn, bin);
    }
  }

  /**
   * The largest `most` groups by who waits now, then by who entered; and how many there are. `nowNs`: CLOCK_MONOTONIC.
   * `told` says who waits now better than events do; null where it is of other sockets than the events are.
   */
  groups(
    by: Grouping,
    nowNs: number,
    most: number,
    told: readonly Told[] | null,
  ): { readonly groups: readonly Group[]; readonly total: number } {
    const now = told !== null && isTold(by) ? toldNow(by, told) : this.#waiting(by, nowNs);
    const names = new Set([...now.keys(), ...this.#left[by].keys()]);
    const groups = [...names].map((name) => groupOf(name, now.get(name), this.#left[by].get(name)));
    groups.sort((a, b) => b.waiting - a.waiting || b.entered - a.entered || (a.name < b.name ? -1 : 1));
    return { groups: groups.slice(0, most), total: groups.length };
  }

  #waiting(by: Grouping, nowNs: number): Map<string, Float64Array> {
    const now = new Map<string, Float64Array>();
    for (const [key, entry] of this.#entries) {
      const age = nowNs - entry.enterNs;
      if (age > OVERDUE_NS) this.#entries.delete(key);
      else add(now, nameOf(by, entry), binOf(age), 1);
    }
    return now;
  }

  /** Takes out who must have left unseen; else a page that misses events would hold ever more of them. */
  #sweep(nowNs: number): void {
    this.#sinceSweep = 0;
    for (const [key, { enterNs }] of this.#entries) {
      if (nowNs - enterNs <= OVERDUE_NS) return;
      this.#entries.delete(key);
    }
  }

  clear(): void {
    this.#entries.clear();
    for (const by of GROUPINGS) this.#left[by].clear();
    this.#forgotten = 0;
  }

  #counts(by: Grouping, name: string): Counts {
    const groups = this.#left[by];
    let counts = groups.get(name);
    if (counts !== undefined) return counts;
    if (groups.size >= GROUPS_KEPT + GROUPS_OVER) forgetOldest(groups, GROUPS_KEPT);
    counts = { entered: 0, expired: 0, reused: 0, leftIn: null, reusedIn: null };
    groups.set(name, counts);
    return counts;
  }
}

/** Whether the service tells who waits now in groups of this kind. */
export function isTold(by: Grouping): by is 'destination' | 'remote-port' {
  return by === 'destination' || by === 'remote-port';
}

function toldNow(by: 'destination' | 'remote-port', told: readonly Told[]): Map<string, Float64Array> {
  const now = new Map<string, Float64Array>();
  for (const { raddr, rport, ages } of told) {
    const name = by === 'destination' ? destination(raddr, rport) : String(rport);
    for (const [bin, count] of ages.entries()) add(now, name, bin, count);
  }
  return now;
}

function add(groups: Map<string, Float64Array>, name: string, bin: number, count: number): void {
  let bins = groups.get(name);
  if (bins === undefined) {
    bins = new Float64Array(BINS);
    groups.set(name, bins);
  }
  bins[bin] = (bins[bin] ?? 0) + count;
}

function oneMore(bins: Float64Array | null, bin: number): Float64Array {
  const all = bins ?? new Float64Array(BINS);
  all[bin] = (all[bin] ?? 0) + 1;
  return all;
}

function destination(raddr: string, rport: number): string {
  return raddr.includes(':') ? `[${raddr}]:${rport}` : `${raddr}:${rport}`;
}

function groupOf(name: string, now: Float64Array | undefined, counts: Counts | undefined): Group {
  const bins: { now: number; reached: number; reused: number }[] = [];
  let reached = 0;
  let waiting = 0;
  // Whoever left or stands at an age has come through every younger one.
  for (let bin = BINS - 1; bin >= 0; bin--) {
    const here = now?.[bin] ?? 0;
    waiting += here;
    reached += here + (counts?.leftIn?.[bin] ?? 0);
    bins.unshift({ now: here, reached, reused: counts?.reusedIn?.[bin] ?? 0 });
  }
  return { name, waiting, bins, entered: counts?.entered ?? 0, expired: counts?.expired ?? 0, reused: counts?.reused ?? 0 };
}

function nameOf(by: Grouping, { tuple, owner }: Pick<Entry, 'tuple' | 'owner'>): string {
  switch (by) {
    case 'destination':
      return destination(tuple.raddr, tuple.rport);
    case 'remote-port':
      return String(tuple.rport);
    case 'local-port':
      return String(tuple.lport);
    case 'owner':
      return owner;
  }
}

function binOf(ageNs: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(ageNs / 1e9 / BIN_S)));
}

function byGrouping<T>(make: () => T): Record<Grouping, T> {
  return { destination: make(), 'remote-port': make(), 'local-port': make(), owner: make() };
}
