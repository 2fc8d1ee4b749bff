interface Waiting {
  readonly host: string;
  enter(): void;
}

/** Lets so many attempts in at once, one to a host; who waits, waits in the order of coming. */
export class Turnstile {
  readonly #limit: number;
  #inside = 0;
  /** Hosts with an attempt inside or next in line, and those who wait for them. */
  readonly #hosts = new Map<string, Waiting[]>();
  /** Their host is theirs; they wait for the global limit. */
  readonly #ready: Waiting[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are inside. */
  get inside(): number {
    return this.#inside;
  }

  /** Resolves once inside; call {@link leave} then, whatever happens. */
  async enter(host: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = { host, enter: resolve };
    const others = this.#hosts.get(host);
    if (others !== undefined) others.push(waiting);
    else {
      this.#hosts.set(host, []);
      this.#ready.push(waiting);
      this.#admit();
    }
    await promise;
  }

  leave(host: string): void {
    this.#inside -= 1;
    const next = this.#hosts.get(host)?.shift();
    if (next === undefined) this.#hosts.delete(host);
    else this.#ready.push(next);
    this.#admit();
  }

  #admit(): void {
    while (this.#inside < this.#limit) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      this.#inside += 1;
      next.enter();
    }
  }
}
