/** How far back a rate looks, ns: long enough that /proc's ticks of 10 ms make at most 0.004 of a core, short enough to be of now. */
export const WINDOW_NS = 5e9;

/** How fast a total grows, over the last {@link WINDOW_NS}. */
export class Rate {
  /** Oldest first; the first is the newest of those that are older than the window. */
  #readings: { readonly atNs: number; readonly total: number }[] = [];

  /** A total that has become smaller is another's: what was known of the one before says nothing of it. */
  add(atNs: number, total: number): void {
    const last = this.#readings.at(-1);
    if (last !== undefined && (total < last.total || atNs <= last.atNs)) this.#readings = [];
    this.#readings.push({ atNs, total });
    const first = this.#readings.findLastIndex((reading) => reading.atNs <= atNs - WINDOW_NS);
    if (first > 0) this.#readings.splice(0, first);
  }

  /** The total cannot be read now. */
  forget(): void {
    this.#readings = [];
  }

  /** Growth per second; null until it was read twice. */
  get perSecond(): number | null {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined || first === last) return null;
    return ((last.total - first.total) * 1e9) / (last.atNs - first.atNs);
  }
}
