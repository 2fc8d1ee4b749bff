/** What is found by it; it may not change while it is in the index. */
export interface Pointed {
  /** Low 52 bits of a kernel pointer, not 0. */
  readonly skaddr: number;
}

const FULLEST = 0.5;
const LEAST = 64;

/** Finds by the kernel's pointer. As TupleIndex; a Map boxes each number beyond 32 bits. */
export class PointerIndex<T extends Pointed> {
  #slots: (T | undefined)[] = new Array<T | undefined>(LEAST).fill(undefined);
  /** The pointers of the slots: looking at them touches no object. */
  #pointers = new Float64Array(LEAST);
  #mask = LEAST - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(skaddr: number): T | undefined {
    return this.#slots[this.#find(skaddr)];
  }

  /** Puts `item` in, in place of the one with its pointer. */
  set(item: T): void {
    const at = this.#find(item.skaddr);
    const before = this.#slots[at];
    this.#slots[at] = item;
    this.#pointers[at] = item.skaddr;
    if (before === undefined && ++this.#size > this.#slots.length * FULLEST) this.#grow();
  }

  /** Takes out this very item; another with the same pointer stays. */
  delete(item: T): boolean {
    const at = this.#find(item.skaddr);
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

  #find(skaddr: number): number {
    let at = hashOf(skaddr) & this.#mask;
    while (this.#slots[at] !== undefined && this.#pointers[at] !== skaddr) at = (at + 1) & this.#mask;
    return at;
  }

  #close(gap: number): void {
    let free = gap;
    let at = (free + 1) & this.#mask;
    for (let item = this.#slots[at]; item !== undefined; item = this.#slots[at]) {
      if (((at - hashOf(item.skaddr)) & this.#mask) >= ((at - free) & this.#mask)) {
        this.#slots[free] = item;
        this.#pointers[free] = item.skaddr;
        free = at;
      }
      at = (at + 1) & this.#mask;
    }
    this.#slots[free] = undefined;
  }

  #grow(): void {
    const slots = this.#slots;
    this.#slots = new Array<T | undefined>(slots.length * 2).fill(undefined);
    this.#pointers = new Float64Array(slots.length * 2);
    this.#mask = slots.length * 2 - 1;
    for (const item of slots) {
      if (item === undefined) continue;
      const at = this.#find(item.skaddr);
      this.#slots[at] = item;
      this.#pointers[at] = item.skaddr;
    }
  }
}

/** Sockets of one slab lie side by side: the multiplication spreads them, and the high bits are brought down. */
function hashOf(skaddr: number): number {
  const hash = Math.imul((skaddr / 64) | 0, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
