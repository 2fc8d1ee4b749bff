import type { GapPart } from '../model/event.ts';
import { type KernelRecord, STREAMS, type Stream } from '../model/record.ts';
import { tcpStateOf } from '../model/tcp-state.ts';

interface Entry {
  /** What the kernel had counted when it was last read. */
  kernel: number;
  arrived: number;
  /** Lost records already told. */
  told: number;
}

/** Records that the kernel made and that never came, or that it only counted. */
export interface Missing {
  readonly stream: Stream;
  readonly key: number;
  readonly lost: number;
}

/** How long after a counter what it counted may still come, ns: the records of each CPU wait in a buffer of their own. */
const STRAGGLE_NS = 450e6;
const NOTHING: readonly Missing[] = [];

/** One entry of a counter, as it was read at `ns`. */
interface Reading {
  readonly stream: Stream;
  readonly key: number;
  readonly entry: Entry;
  readonly count: number;
  readonly ns: number;
}

/**
 * Compares the exact counters that the scripts keep in the kernel with the records that came. A counter is printed behind the
 * records it counts, but what one CPU still holds may come a little later, and after a pause of bpftrace's several readings of the
 * counters come before it: so each reading is held against what has come some time later. What is missing then is lost, exactly.
 */
export class LossAccount {
  readonly #streams = new Map<Stream, Map<number, Entry>>(STREAMS.map((stream) => [stream, new Map()]));
  /** The entries of `state` once more, by key: nearly every record is one. */
  readonly #states = new Array<Entry | undefined>(256).fill(undefined);
  /** By stream, then key. */
  readonly #lost = new Map<Stream, Map<number, number>>(STREAMS.map((stream) => [stream, new Map()]));

  /** Not held against what came yet, oldest first. */
  #readings: Reading[] = [];
  /** The last readings, in this run, of the counters of what was not told. */
  readonly #shedNow = new Map<string, number>();
  /** The counters were not at zero when we began: the first reading of each says where. */
  #running = false;

  /** bpftrace was started, or had been `running` before we began. */
  begin(running: boolean): void {
    this.#running = running;
  }

  /** A record came. */
  arrived(record: KernelRecord): void {
    if (!('key' in record) || record.type === 'counter') return;
    const known = record.type === 'state' ? this.#states[record.key] : undefined;
    if (known === undefined) this.#entry(record.stream, record.key).arrived++;
    else known.arrived++;
  }

  /** A counter was printed; `ns`: when it came. */
  counted(stream: Stream, key: number, count: number, ns: number): void {
    const entry = this.#entry(stream, key);
    if (this.#running && entry.kernel === 0) entry.arrived = count;
    entry.kernel = count;
    this.#readings.push({ stream, key, entry, count, ns });
  }

  /** A heartbeat of `ns` came, and with it all that was made long before: what is newly known to be lost. */
  settled(ns: number): readonly Missing[] {
    const due = this.#readings.findLastIndex((reading) => reading.ns + STRAGGLE_NS <= ns) + 1;
    return due === 0 ? NOTHING : this.#readings.splice(0, due).flatMap((reading) => this.#settle(reading));
  }

  /** A counter of what was not told was printed; gives what has been added to it, else null. */
  shedding(stream: Stream, key: number, count: number): Missing | null {
    const name = stream + key;
    const more = count - (this.#shedNow.get(name) ?? (this.#running ? count : 0));
    this.#shedNow.set(name, count);
    if (more <= 0) return null;
    return { stream, key, lost: more };
  }

  /**
   * bpftrace has ended and everything that came has been read: what the last counters are ahead is lost. Where it was `asked` to end,
   * it threw away unread what it still held, which its last counters include: they are held against nothing. Begins anew.
   */
  ended(asked: boolean): Missing[] {
    const missing: Missing[] = [];
    for (const [stream, entries] of this.#streams) {
      if (!asked) for (const [key, entry] of entries) missing.push(...this.#settle({ stream, key, entry, count: entry.kernel }));
      entries.clear();
    }
    this.#readings = [];
    this.#states.fill(undefined);
    this.#shedNow.clear();
    this.#running = false;
    return missing;
  }

  /** Records of one stream lost so far, over all runs; of one entry of its counter where `key` is given. */
  lost(stream: Stream, key?: number): number {
    const lost = this.#lost.get(stream);
    if (key !== undefined) return lost?.get(key) ?? 0;
    return [...(lost?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  #settle({ stream, key, entry, count }: Omit<Reading, 'ns'>): readonly Missing[] {
    const lost = count - entry.arrived - entry.told;
    if (lost <= 0) return NOTHING;
    entry.told += lost;
    this.#lost.get(stream)?.set(key, this.lost(stream, key) + lost);
    return [{ stream, key, lost }];
  }

  #entry(stream: Stream, key: number): Entry {
    const entries = this.#streams.get(stream);
    let entry = entries?.get(key);
    if (entry === undefined) {
      entry = { kernel: 0, arrived: 0, told: 0 };
      entries?.set(key, entry);
      if (stream === 'state') this.#states[key] = entry;
    }
    return entry;
  }
}

/** What was lost, in words: `state ESTABLISHED→CLOSE`, `drop`. */
export function describe({ stream, key }: Missing): string {
  if (stream !== 'state') return stream;
  return `state ${tcpStateOf(key >> 4) ?? key >> 4}→${tcpStateOf(key & 15) ?? key & 15}`;
}

/** The same by number. */
export function partOf({ stream, key, lost }: Missing): GapPart {
  const isState = stream === 'state';
  return {
    record: stream,
    from: isState ? (tcpStateOf(key >> 4) ?? null) : null,
    to: isState ? (tcpStateOf(key & 15) ?? null) : null,
    count: lost,
  };
}
