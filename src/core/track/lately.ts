import type { FourTuple } from '../model/four-tuple.ts';
import { PointerIndex } from './pointer-index.ts';
import { type Placed, TupleIndex } from './tuple-index.ts';

interface Closed extends Placed {
  readonly skaddr: number;
  /** When it closed. */
  readonly heardNs: number;
}

/** Remembered at least: what closes at 10,000 a second within the longest listing of sockets seen, 1.5 s; at most twice as many. */
const CAP = 16_384;
/** What the kernel says of a socket after its end, it says at once: the report of its error, the RST of an abort. */
const AFTERWARDS_NS = 1e9;

/** Sockets that have closed a moment ago: the kernel still speaks of them, and a listing taken meanwhile may still hold them. */
export class Lately<T extends Closed> {
  // Two generations: once the young one is full it becomes the old one, and the old one is forgotten as a whole.
  #young: Generation<T>;
  #old: Generation<T>;

  /** `seed`: see TupleIndex. */
  constructor(seed = 0) {
    this.#young = new Generation(seed);
    this.#old = new Generation(seed);
  }

  closed(sock: T): void {
    if (this.#young.size >= CAP) {
      // The arrays are used again: a storm would fill and throw away a megabyte a second.
      const forgotten = this.#old;
      forgotten.clear();
      this.#old = this.#young;
      this.#young = forgotten;
    }
    this.#young.add(sock);
  }

  /** The last one that closed at this pointer, where that was just before `ns`. */
  at(skaddr: number, ns: number): T | null {
    return just(this.#young.byPointer.get(skaddr) ?? this.#old.byPointer.get(skaddr), ns);
  }

  /** The last one that closed with this four-tuple, where that was just before `ns`. */
  of(netns: number | null, tuple: FourTuple, ns: number): T | null {
    return just(this.#of(netns, tuple), ns);
  }

  /** Whether one with this four-tuple has closed at `fromNs` or later. */
  since(netns: number | null, tuple: FourTuple, fromNs: number): boolean {
    return (this.#of(netns, tuple)?.heardNs ?? Number.NEGATIVE_INFINITY) >= fromNs;
  }

  #of(netns: number | null, tuple: FourTuple): T | undefined {
    return this.#young.byTuple.get(netns, tuple) ?? this.#old.byTuple.get(netns, tuple);
  }
}

class Generation<T extends Closed> {
  readonly byPointer = new PointerIndex<T>();
  readonly byTuple: TupleIndex<T>;
  size = 0;

  constructor(seed: number) {
    this.byTuple = new TupleIndex(seed);
  }

  clear(): void {
    this.size = 0;
    this.byPointer.clear();
    this.byTuple.clear();
  }

  add(sock: T): void {
    this.size++;
    if (sock.skaddr !== 0) this.byPointer.set(sock);
    if (sock.lport !== 0) this.byTuple.set(sock);
  }
}

function just<T extends Closed>(sock: T | undefined, ns: number): T | null {
  return sock !== undefined && ns - sock.heardNs < AFTERWARDS_NS ? sock : null;
}
