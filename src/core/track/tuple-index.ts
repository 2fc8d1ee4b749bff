import type { FourTuple } from '../model/four-tuple.ts';

/** What is found by it. None of these may change while it is in the index. */
export interface Placed extends FourTuple {
  readonly netns: number | null;
}

/** Never fuller than this share: linear probing then needs 1.5 looks on average. */
const FULLEST = 0.5;
const LEAST = 64;

/**
 * Finds by four-tuple and namespace, by hashing in an array (linear probing, deletion by shifting back). A Map would need a string for each
 * four-tuple: half of the memory and of the time of a transition.
 */
export class TupleIndex<T extends Placed> {
  #slots: (T | undefined)[] = new Array<T | undefined>(LEAST).fill(undefined);
  #hashes = new Int32Array(LEAST);
  #mask = LEAST - 1;
  #size = 0;
  readonly #seed: number;

  /**
   * `seed`: a number that peers do not know. They choose addresses and ports, and with a hash they can compute could choose those that all
   * meet in one place.
   */
  constructor(seed = 0) {
    this.#seed = (seed % 0x100000000) | 0;
  }

  get size(): number {
    return this.#size;
  }

  get(netns: number | null, tuple: FourTuple): T | undefined {
    return this.#slots[this.#find(hashOf(this.#seed, netns, tuple), netns, tuple)];
  }

  /** Puts `item` in, in place of the one with its four-tuple, which is given; undefined where there was none. */
  set(item: T): T | undefined {
    const hash = hashOf(this.#seed, item.netns, item);
    const at = this.#find(hash, item.netns, item);
    const before = this.#slots[at];
    this.#slots[at] = item;
    this.#hashes[at] = hash;
    if (before === undefined && ++this.#size > this.#slots.length * FULLEST) this.#grow();
    return before;
  }

  /** Takes out this very item; another with the same four-tuple stays. */
  delete(item: T): boolean {
    const at = this.#find(hashOf(this.#seed, item.netns, item), item.netns, item);
    if (this.#slots[at] !== item) return false;
    this.#size--;
    this.#close(at);
    return true;
  }

  /** Takes all out; the room is kept. */
  clear(): void {
    this.#slots.fill(undefined);
    this.#size = 0;
  }

  /** The slot that holds this four-tuple, or the free one where it belongs. */
  #find(hash: number, netns: number | null, tuple: FourTuple): number {
    let at = hash & this.#mask;
    for (let item = this.#slots[at]; item !== undefined; item = this.#slots[at]) {
      if (this.#hashes[at] === hash && same(item, netns, tuple)) return at;
      at = (at + 1) & this.#mask;
    }
    return at;
  }

  /** Frees a slot: what stands behind it and would not be found any more moves up. */
  #close(gap: number): void {
    let free = gap;
    let at = (free + 1) & this.#mask;
    for (let item = this.#slots[at]; item !== undefined; item = this.#slots[at]) {
      const hash = this.#hashes[at] ?? 0;
      if (((at - hash) & this.#mask) >= ((at - free) & this.#mask)) {
        this.#slots[free] = item;
        this.#hashes[free] = hash;
        free = at;
      }
      at = (at + 1) & this.#mask;
    }
    this.#slots[free] = undefined;
  }

  #grow(): void {
    const slots = this.#slots;
    const hashes = this.#hashes;
    this.#allot(slots.length * 2);
    for (let from = 0; from < slots.length; from++) {
      const item = slots[from];
      if (item === undefined) continue;
      const hash = hashes[from] ?? 0;
      let at = hash & this.#mask;
      while (this.#slots[at] !== undefined) at = (at + 1) & this.#mask;
      this.#slots[at] = item;
      this.#hashes[at] = hash;
    }
  }

  #allot(length: number): void {
    this.#slots = new Array<T | undefined>(length).fill(undefined);
    this.#hashes = new Int32Array(length);
    this.#mask = length - 1;
  }
}

function same(item: Placed, netns: number | null, { laddr, lport, raddr, rport }: FourTuple): boolean {
  return item.lport === lport && item.rport === rport && item.raddr === raddr && item.laddr === laddr && item.netns === netns;
}

function hashOf(seed: number, netns: number | null, { laddr, lport, raddr, rport }: FourTuple): number {
  let hash = text(text(seed ^ (netns ?? 0) ^ Math.imul((lport << 16) | rport, 0x9e3779b1), laddr), raddr);
  // murmur3's finish: every bit of the four-tuple moves every bit of the slot.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** FNV-1a. */
function text(seed: number, of: string): number {
  let hash = seed;
  for (let at = 0; at < of.length; at++) hash = Math.imul(hash ^ of.charCodeAt(at), 0x01000193);
  return hash;
}
