import type { Origin } from '../model/event.ts';
import type { FourTuple } from '../model/four-tuple.ts';
import { PoolRates } from './pool-rates.ts';
import { TupleIndex } from './tuple-index.ts';

/**
 * All four-tuples in TIME_WAIT that share what makes them scarce. `client`: this host closed first connections that it had opened, so they hold
 * local ports towards one destination. `server`: it closed first connections that it had accepted, so they hold no port that anybody needs.
 */
export interface Pool {
  readonly side: 'client' | 'server';
  readonly netns: number | null;
  readonly laddr: string;
  /** The listener's; 0 for a client, whose local ports differ. */
  readonly lport: number;
  /** A client's destination; empty and 0 for a server, whose peers differ. */
  readonly raddr: string;
  readonly rport: number;
  /** In TIME_WAIT now. */
  count: number;
  /** Of those, how many our own probes left behind. */
  probes: number;
  /** Entries and exits since the pool was begun; of the exits, those whose four-tuple a new socket took over. */
  entered: number;
  left: number;
  reused: number;
  /** The owner of the last one that entered, where it was known. */
  pid: number | null;
  comm: string | null;
}

/** Who is in a pool: what the ledger knows of one remnant. */
export interface Pooled extends FourTuple {
  readonly netns: number | null;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly probe: string | null;
}

/** From so many on a pool is worth looking at. */
export const LARGE = 16;

/** The TIME_WAIT ledger's entries by pool, counted as they come and go, so that nobody has to look through all of them. */
export class Pools {
  readonly #pools: TupleIndex<Pool>;
  readonly #large = new Set<Pool>();
  /** Of the large ones, once somebody looks at them. */
  readonly rates = new PoolRates();

  /** `seed`: see TupleIndex. */
  constructor(seed = 0) {
    this.#pools = new TupleIndex(seed);
  }

  /** One has entered TIME_WAIT. `origin` is its socket's, null where nobody knows: then its ports say who opened it. */
  enter(one: Pooled, origin: Origin | null): Pool {
    const pool = this.#of(one, this.#sideOf(one, origin));
    pool.count++;
    pool.entered++;
    if (one.probe !== null) pool.probes++;
    if (one.pid !== null) {
      pool.pid = one.pid;
      pool.comm = one.comm;
    }
    if (pool.count === LARGE) this.#large.add(pool);
    return pool;
  }

  /** One of `pool` has left; `reused`: a new socket has its four-tuple. */
  leave(pool: Pool, one: Pooled, reused: boolean): void {
    pool.count--;
    pool.left++;
    if (one.probe !== null) pool.probes--;
    if (reused) pool.reused++;
    if (pool.count === LARGE - 1) this.#large.delete(pool);
    if (pool.count === 0) this.#pools.delete(pool);
  }

  /** Where this host, as a client, draws its ports towards one destination. */
  client(netns: number | null, laddr: string, raddr: string, rport: number): Pool | null {
    return this.#pools.get(netns, { laddr, lport: 0, raddr, rport }) ?? null;
  }

  /** The pools of at least {@link LARGE}. */
  large(): Iterable<Pool> {
    return this.#large;
  }

  #sideOf(one: Pooled, origin: Origin | null): Pool['side'] {
    if (origin === 'active') return 'client';
    if (origin === 'passive') return 'server';
    if (this.#pools.get(one.netns, endsOf('server', one)) !== undefined) return 'server';
    return one.lport < one.rport ? 'server' : 'client';
  }

  #of(one: Pooled, side: Pool['side']): Pool {
    const { netns } = one;
    const ends = endsOf(side, one);
    let pool = this.#pools.get(netns, ends);
    if (pool === undefined) {
      pool = { side, netns, ...ends, count: 0, probes: 0, entered: 0, left: 0, reused: 0, pid: null, comm: null };
      this.#pools.set(pool);
    }
    return pool;
  }
}

/** What those of one pool have in common: no client's pool has a local port, no server's a remote address. */
function endsOf(side: Pool['side'], { laddr, lport, raddr, rport }: FourTuple): FourTuple {
  return side === 'client' ? { laddr, lport: 0, raddr, rport } : { laddr, lport, raddr: '', rport: 0 };
}
