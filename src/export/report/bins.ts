/** Columns of a chart at most. */
const COLUMNS = 120;
/** The finest that a report shows, µs. */
const FINEST_US = 100_000;

/** Counts over time in memory that does not grow: once the last column is passed, two become one. */
export class Bins {
  readonly fromUs: number;
  #widthUs = FINEST_US;
  #counts: number[] = [];

  /** @param fromUs where the first column begins, µs since 1970 */
  constructor(fromUs: number) {
    this.fromUs = fromUs;
  }

  /** µs that one column is wide. */
  get widthUs(): number {
    return this.#widthUs;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** One more at `us`; what is before the beginning counts for the first column. */
  add(us: number): void {
    this.reach(us);
    const column = this.#columnOf(us);
    this.#counts[column] = (this.#counts[column] ?? 0) + 1;
  }

  /** Time has come to `us`, also where nothing happened. */
  reach(us: number): void {
    while (this.#columnOf(us) >= COLUMNS) this.#halve();
    while (this.#counts.length <= this.#columnOf(us)) this.#counts.push(0);
  }

  #columnOf(us: number): number {
    return Math.max(0, Math.floor((us - this.fromUs) / this.#widthUs));
  }

  #halve(): void {
    const counts = this.#counts;
    this.#widthUs *= 2;
    this.#counts = Array.from({ length: Math.ceil(counts.length / 2) }, (_, at) => (counts[at * 2] ?? 0) + (counts[at * 2 + 1] ?? 0));
  }
}
