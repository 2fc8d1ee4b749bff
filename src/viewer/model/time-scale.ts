/** What a scale needs of a picture: its beginning, its end, and the stays between which room is shared out. ns. */
export interface Stretch {
  readonly fromNs: number;
  readonly toNs: number;
  /** `toNs` is null where it lasts. */
  readonly slices: readonly { readonly fromNs: number; readonly toNs: number | null }[];
}

/** Where on a line of so many px a moment stands. */
export interface TimeScale {
  x(ns: number): number;
  /** Moments at which one part ends and the next begins, ns. */
  readonly bounds: readonly number[];
}

/** Every moment as far from the others as it was in truth. */
export function trueScale({ fromNs, toNs }: Stretch, width: number): TimeScale {
  return { x: (ns) => (Math.min(Math.max(ns, fromNs), toNs) - fromNs) * (width / (toNs - fromNs)), bounds: [fromNs, toNs] };
}

/** px that each stay has at least, so that its name can be read. */
const LEAST = 26;

/**
 * Each stay in a state has a width by the logarithm of its length: a handshake of 80 µs and an hour of ESTABLISHED are both to be read.
 * Within a stay time runs evenly.
 */
export function stayScale({ slices, fromNs, toNs }: Stretch, width: number): TimeScale {
  const bounds = [...new Set([fromNs, ...slices.flatMap((slice) => [slice.fromNs, slice.toNs ?? toNs]), toNs])].sort((a, b) => a - b);
  const lengths = bounds.slice(1).map((bound, index) => bound - (bounds[index] ?? bound));
  const weights = lengths.map((ns) => Math.log10(1 + ns / 1e4) + 0.2);
  const sum = weights.reduce((total, weight) => total + weight, 0) || 1;
  const least = Math.min(LEAST, width / Math.max(1, lengths.length));
  const free = Math.max(0, width - least * lengths.length);
  const starts = [0];
  for (const weight of weights) starts.push((starts.at(-1) ?? 0) + least + (free * weight) / sum);
  const x = (ns: number): number => {
    const at = Math.min(Math.max(ns, fromNs), toNs);
    let part = bounds.length - 2;
    while (part > 0 && at < (bounds[part] ?? 0)) part--;
    const [left = 0, right = width] = [starts[part], starts[part + 1]];
    const length = lengths[part] ?? 0;
    return left + (length === 0 ? 0 : ((at - (bounds[part] ?? 0)) / length) * (right - left));
  };
  return { x, bounds };
}
