/** What is known of a destination, by namespace, remote address and port. */
export interface Destined {
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
}

/**
 * Destinations by address and port, the newest so many. Found without making a key of text, which for each connection would cost more than all
 * that is then done with it.
 */
export class ByDestination<T extends Destined> {
  readonly #cap: number;
  readonly #byAddress = new Map<string, Map<number, T>>();
  /** In the order in which they came to be known. */
  readonly #all = new Set<T>();

  constructor(cap: number) {
    this.#cap = cap;
  }

  get({ netns, raddr, rport }: Destined): T | undefined {
    return this.#byAddress.get(raddr)?.get(portKey(netns, rport));
  }

  /** Adds one that is not there; gives the one that was forgotten for it. */
  add(one: T): T | null {
    const [oldest] = this.#all.size >= this.#cap ? this.#all : [];
    if (oldest !== undefined) this.delete(oldest);
    const ports = this.#byAddress.get(one.raddr) ?? new Map<number, T>();
    if (ports.size === 0) this.#byAddress.set(one.raddr, ports);
    ports.set(portKey(one.netns, one.rport), one);
    this.#all.add(one);
    return oldest ?? null;
  }

  delete(one: T): void {
    if (!this.#all.delete(one)) return;
    const ports = this.#byAddress.get(one.raddr);
    ports?.delete(portKey(one.netns, one.rport));
    if (ports?.size === 0) this.#byAddress.delete(one.raddr);
  }

  values(): Iterable<T> {
    return this.#all;
  }

  get size(): number {
    return this.#all.size;
  }
}

/** Inode numbers have 32 bits, so this is exact. */
function portKey(netns: number | null, rport: number): number {
  return (netns ?? 0) * 65_536 + rport;
}
