import type { DriftCause, DriftPart } from '../model/probe.ts';

/** A stretch of time that something is known to have taken. */
export interface Claim {
  readonly cause: DriftCause;
  readonly when: DriftPart['when'];
  readonly fromNs: number;
  readonly toNs: number;
  /** Retransmissions, collections; 1 for everything else. */
  readonly count: number;
}

/**
 * Divides `[fromNs, toNs]` among claims: each takes what of its stretch is still free, so that the first ones go first and the parts' sum is
 * the whole. What nobody claims is `rest`.
 */
export function divide(fromNs: number, toNs: number, claims: readonly Claim[], rest: Pick<DriftPart, 'cause' | 'when'>): DriftPart[] {
  const parts = new Map<string, DriftPart>();
  let free: (readonly [number, number])[] = [[fromNs, toNs]];
  const add = ({ cause, when }: Pick<DriftPart, 'cause' | 'when'>, ns: number, count: number): void => {
    if (ns <= 0) return;
    const key = `${cause} ${when}`;
    const known = parts.get(key);
    parts.set(key, { cause, when, ns: ns + (known?.ns ?? 0), count: count + (known?.count ?? 0) });
  };
  for (const claim of claims) {
    let taken = 0;
    free = free.flatMap(([from, to]) => {
      const start = Math.max(from, claim.fromNs);
      const end = Math.min(to, claim.toNs);
      if (end <= start) return [[from, to] as const];
      taken += end - start;
      return [[from, start] as const, [end, to] as const].filter(([a, b]) => b > a);
    });
    add(claim, taken, claim.count);
  }
  const left = free.reduce((sum, [from, to]) => sum + to - from, 0);
  add(rest, left, 1);
  return [...parts.values()].map((part) => (ONCE.has(part.cause) ? { ...part, count: 1 } : part));
}

/** Causes whose pieces are not counted. */
const ONCE: ReadonlySet<DriftCause> = new Set<DriftCause>(['event-loop', 'network', 'tls', 'application', 'unknown']);
