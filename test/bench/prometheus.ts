type Labels = Readonly<Record<string, string>>;

/** What one scrape of /metrics said. */
export class Samples {
  readonly #values = new Map<string, number>();

  /** Reads Prometheus' text format: `name{a="1",b="2"} 3`; comments and time stamps are left out. */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name = '', labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
      if (name === '') continue;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text] as const);
      this.#values.set(key(name, Object.fromEntries(pairs)), Number(value));
    }
  }

  /** 0 where it is not there: counters with labels begin with their first increment. */
  of(name: string, labels: Labels = {}): number {
    return this.#values.get(key(name, labels)) ?? 0;
  }

  /** Whether there is such a name at all, with whatever labels. */
  knows(name: string): boolean {
    return this.#all(name).length > 0;
  }

  /** Over all labels. */
  sum(name: string): number {
    return this.#all(name).reduce((total, [, value]) => total + value, 0);
  }

  /** By how much each value of this name has grown since, under its labels: `cause=skipped`. Those that stand still are left out. */
  grownSince(before: Samples, name: string): ReadonlyMap<string, number> {
    const grown = this.#all(name).map(
      ([known, value]) => [known.slice(name.length + 1, -1), value - (before.#values.get(known) ?? 0)] as const,
    );
    return new Map(grown.filter(([, by]) => by > 0));
  }

  /** Each key of this name, with whatever labels, and its value. */
  #all(name: string): (readonly [string, number])[] {
    return [...this.#values].filter(([known]) => known.startsWith(`${name}{`));
  }
}

function key(name: string, labels: Labels): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, text]) => `${label}=${text}`).join(',')}}`;
}
