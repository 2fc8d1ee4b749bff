/** What a pool counts: in it now, and since it was begun. */
interface Counts {
  readonly count: number;
  readonly entered: number;
  readonly left: number;
  readonly reused: number;
}

/** TIME_WAIT entries, exits and reuses a second, over the last seconds. */
export interface Rates {
  readonly entered: number;
  readonly left: number;
  readonly reused: number;
}

/** A pool as it was at some moments of the last seconds, oldest first. */
type Past = { readonly ns: number; readonly entered: number; readonly left: number; readonly reused: number }[];

/** Rates are means over this many looks, one a second. */
const LOOKS = 10;
/** How long a four-tuple stays in TIME_WAIT, s. */
const STAY_S = 60;

/** How fast pools fill and drain, from looks at them. */
export class PoolRates {
  readonly #past = new Map<Counts, Past>();

  /** Looks at a pool; once a second. */
  look(pool: Counts, ns: number): void {
    const past = this.#past.get(pool) ?? [];
    if (past.length === 0) this.#past.set(pool, past);
    past.push({ ns, entered: pool.entered, left: pool.left, reused: pool.reused });
    if (past.length > LOOKS + 1) past.shift();
  }

  /** Null before there were two looks. */
  of(pool: Counts): Rates | null {
    const past = this.#past.get(pool);
    const [first, last] = [past?.[0], past?.at(-1)];
    const seconds = first === undefined || last === undefined ? 0 : (last.ns - first.ns) / 1e9;
    if (first === undefined || last === undefined || seconds === 0) return null;
    const per = (name: keyof Rates): number => Math.round((10 * (last[name] - first[name])) / seconds) / 10;
    return { entered: per('entered'), left: per('left'), reused: per('reused') };
  }

  /** The oldest look that is remembered, CLOCK_MONOTONIC ns. */
  sinceNs(pool: Counts): number | null {
    return this.#past.get(pool)?.[0]?.ns ?? null;
  }

  /** Pools that are empty are no more. */
  forget(): void {
    for (const pool of this.#past.keys()) if (pool.count === 0) this.#past.delete(pool);
  }
}

/** Seconds until `ports` are all in TIME_WAIT. Each stays a minute, so a rate that fills less than all of them in a minute never does. */
export function exhaustion(count: number, ports: number, { entered, left }: Rates): number | null {
  const net = entered - left;
  if (entered * STAY_S <= ports || net <= 0) return null;
  return Math.max(0, (ports - count) / net);
}

/**
 * Whether connect() may take a four-tuple over that has been in TIME_WAIT for a second (tcp_twsk_unique): tcp_tw_reuse 1 always, 2 (the usual)
 * to loopback only, and never without timestamps.
 */
export function reusesPorts(reuse: number | null, timestamps: number | null, raddr: string): boolean {
  if (timestamps === 0) return false;
  return reuse === 1 || (reuse === 2 && (raddr.startsWith('127.') || raddr === '::1'));
}
