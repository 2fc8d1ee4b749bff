/** What is told of figures measured several times. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Null where nothing was measured: there is no figure then, not a zero. */
export function summaryOf(values: readonly number[]): Summary | null {
  const middle = quantile(values, 0.5);
  return middle === null ? null : { median: middle, min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/** Between the two in the middle where their number is even; null for none. */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** Linear between the two nearest, so that quantile([0, 10], 0.99) is 9.9; null for none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below === undefined || above === undefined ? null : below + (above - below) * (place - Math.floor(place));
}

/** Medians of `parts` equal parts of a series, in order; a part without a value is left out. */
export function medianOfParts(values: readonly number[], parts: number): number[] {
  return Array.from({ length: parts }, (_, part) =>
    median(values.slice(Math.floor((part * values.length) / parts), Math.floor(((part + 1) * values.length) / parts))),
  ).filter((value) => value !== null);
}
