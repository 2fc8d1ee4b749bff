import type { StateEvent } from '../model/event.ts';
import type { Confidence, Severity } from '../model/finding.ts';
import type { CountersInput, SampleInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { TimeWaitThresholds } from '../model/thresholds.ts';
import { exhaustion, type PoolRates, type Rates, reusesPorts } from '../track/pool-rates.ts';
import type { Pool } from '../track/pools.ts';
import type { Detector, Observed, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { type PoolState, type Refused, tellBuckets, tellPool, tellServer } from './time-wait-words.ts';

const LOOK_NS = 1e9;
/** A refusal counts for so long. */
const FRESH_NS = 10e9;
/** Pools looked at, and destinations whose refusals are remembered, at most. */
const POOLS = 2048;
const REFUSED = 256;
const NAMESPACES = 1024;
/** A finding clears only well below what opened it. */
const HYSTERESIS = 0.8;
/** Nothing is foretold from a pool that is still nearly empty. */
const LEAST_FORETOLD = 0.1;

/** See {@link TimeWaitBuildup}. */
export function timeWaitBuildup(findings: Findings, world: World, thresholds: TimeWaitThresholds): Detector {
  return new TimeWaitBuildup(findings, world, thresholds);
}

/**
 * TIME_WAIT that makes something scarce: local ports towards one destination (a client that closes first), or the kernel's buckets. Port
 * exhaustion is seen as it happens: CLOSE→SYN_SENT→CLOSE with local port 0 is connect() refused with EADDRNOTAVAIL and nothing else.
 */
class TimeWaitBuildup implements Detector {
  readonly kinds = ['state'] as const;
  readonly transitions = { from: ['SYN_SENT'] } as const;
  readonly #findings: Findings;
  readonly #world: World;
  readonly #t: TimeWaitThresholds;
  readonly #refused = new Map<string, Refused>();
  /** Namespaces: what their counters said before, and when TIME_WAIT last overflowed. */
  readonly #counters = new Map<number | null, { overflow: number; risen: number; risenNs: number; sinceNs: number }>();
  #lookedNs = Number.NEGATIVE_INFINITY;

  constructor(findings: Findings, world: World, thresholds: TimeWaitThresholds) {
    this.#findings = findings;
    this.#world = world;
    this.#t = thresholds;
  }

  get #rates(): PoolRates {
    return this.#world.timeWait.pools.rates;
  }

  onEvent(event: Observed): void {
    if (event.kind !== 'state' || event.from !== 'SYN_SENT' || event.to !== 'CLOSE' || event.lport !== 0) return;
    this.#onRefused(event);
  }

  onSample(sample: SampleInput): void {
    if (sample.type === 'counters') this.#onCounters(sample);
  }

  onTick(ns: number): void {
    if (ns - this.#lookedNs < LOOK_NS) return;
    this.#lookedNs = ns;
    const seen = new Set<string>();
    let looked = 0;
    for (const pool of this.#world.timeWait.pools.large()) {
      if (++looked > POOLS) break;
      this.#rates.look(pool, ns);
      if (pool.side === 'server') this.#judgeServer(pool, ns, seen);
      else this.#judge(this.#stateOf(pool.netns, pool.laddr, pool.raddr, pool.rport, pool, ns), ns, seen);
    }
    for (const refused of this.#refused.values()) {
      const key = poolKey(refused);
      if (ns - refused.lastNs > FRESH_NS) this.#refused.delete(key);
      else if (!seen.has(key)) {
        const { netns, laddr, raddr, rport } = refused;
        this.#judge(this.#stateOf(netns, laddr, raddr, rport, this.#world.timeWait.pools.client(netns, laddr, raddr, rport), ns), ns, seen);
      }
    }
    this.#rates.forget();
    for (const key of this.#findings.keys()) {
      if (!seen.has(key) && !key.startsWith('buckets ')) this.#findings.clear(key, ns, 'TIME_WAIT has drained: ports are free again.');
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const netns of this.#counters.keys()) if (netns !== null && !alive.has(netns)) this.#counters.delete(netns);
  }

  #onRefused(event: StateEvent): void {
    const { netns, laddr, raddr, rport, ns, seq, pid, comm } = event;
    const key = poolKey(event);
    const refused = this.#refused.get(key) ?? { count: 0, seqs: [], firstNs: ns, lastNs: ns, netns, laddr, raddr, rport, comm, pid };
    refused.count++;
    refused.lastNs = ns;
    refused.seqs = [...refused.seqs.slice(-7), seq];
    refused.comm = comm ?? refused.comm;
    refused.pid = pid ?? refused.pid;
    keepNewest(this.#refused, key, refused, REFUSED);
    if (this.#findings.has(key)) return;
    const pool = this.#world.timeWait.pools.client(netns, laddr, raddr, rport);
    this.#judge(this.#stateOf(netns, laddr, raddr, rport, pool, ns), ns, new Set());
  }

  #judge(state: PoolState, ns: number, seen: Set<string>): void {
    const key = poolKey(state);
    const severity = this.#severityOf(state, this.#findings.has(key) ? HYSTERESIS : 1);
    if (severity === null) return;
    seen.add(key);
    const count = state.pool?.count ?? 0;
    const standing = {
      severity,
      confidence: this.#sure(state, ns),
      sinceNs: state.refused?.firstNs ?? (state.pool === null ? null : this.#rates.sinceNs(state.pool)) ?? ns,
      size: state.refused === null ? count : count + state.refused.count,
    };
    this.#findings.see(key, ns, standing, () => tellPool(state, this.#world.settings, this.#world.timeWait.population(state.netns, ns)));
  }

  #severityOf({ pool, ports, exhaustedInS, reuses, refused }: PoolState, ease: number): Severity | null {
    if (refused !== null) return 'critical';
    if (pool === null || ports === null || ports === 0) return null;
    const share = pool.count / ports;
    if (reuses) return share >= this.#t.warnShare * ease ? 'info' : null;
    if (share >= this.#t.criticalShare) return 'critical';
    if (share >= this.#t.warnShare * ease) return 'warning';
    const soon = exhaustedInS !== null && exhaustedInS <= this.#t.warnSeconds / ease;
    return soon && share >= LEAST_FORETOLD * ease ? 'warning' : null;
  }

  /** A refusal is the kernel's own word; counts are, where ours are within 5 % of sockstat's. */
  #sure({ netns, refused }: PoolState, ns: number): Confidence {
    if (refused !== null) return 'confirmed';
    const { timeWait, finWait2, kernel } = this.#world.timeWait.population(netns, ns);
    return kernel !== null && Math.abs(timeWait + finWait2 - kernel) <= Math.max(10, kernel * 0.05) ? 'confirmed' : 'consistent';
  }

  #stateOf(netns: number | null, laddr: string, raddr: string, rport: number, pool: Pool | null, ns: number): PoolState {
    const { settings } = this.#world;
    const ports = settings.ports(netns)?.count ?? null;
    const rates = (pool === null ? null : this.#rates.of(pool)) ?? STILL;
    const refused = this.#refused.get(poolKey({ netns, laddr, raddr, rport })) ?? null;
    const fresh = refused !== null && ns - refused.lastNs <= FRESH_NS ? refused : null;
    const reuses = reusesPorts(settings.number(netns, 'ipv4.tcp_tw_reuse'), settings.number(netns, 'ipv4.tcp_timestamps'), raddr);
    const exhaustedInS = pool === null || ports === null ? null : exhaustion(pool.count, ports, rates);
    return { netns, laddr, raddr, rport, pool, ports, rates, exhaustedInS, reuses, refused: fresh };
  }

  #judgeServer(pool: Pool, ns: number, seen: Set<string>): void {
    const key = `server ${pool.netns} ${pool.laddr} ${pool.lport}`;
    if (pool.count < this.#t.serverEntries * (this.#findings.has(key) ? HYSTERESIS : 1)) return;
    seen.add(key);
    const sinceNs = this.#rates.sinceNs(pool) ?? ns;
    const standing = { severity: 'info', confidence: 'consistent', sinceNs, size: pool.count } as const;
    this.#findings.see(key, ns, standing, () => tellServer(pool, this.#rates.of(pool) ?? STILL));
  }

  #onCounters({ netns, timeWait, timeWaitOverflow, atNs, fresh }: CountersInput): void {
    const before = this.#counters.get(netns);
    const now = before ?? { overflow: fresh === true ? 0 : timeWaitOverflow, risen: 0, risenNs: Number.NEGATIVE_INFINITY, sinceNs: atNs };
    if (before === undefined) keepNewest(this.#counters, netns, now, NAMESPACES);
    const rise = timeWaitOverflow - now.overflow;
    now.overflow = timeWaitOverflow;
    const key = `buckets ${netns}`;
    if (rise > 0) {
      if (!this.#findings.has(key)) now.sinceNs = atNs;
      now.risen = (this.#findings.has(key) ? now.risen : 0) + rise;
      now.risenNs = atNs;
    }
    const max = this.#world.settings.number(netns, 'ipv4.tcp_max_tw_buckets');
    const ease = this.#findings.has(key) ? HYSTERESIS : 1;
    const near = max !== null && max > 0 && timeWait >= max * this.#t.bucketShare * ease;
    const overflowing = atNs - now.risenNs <= FRESH_NS;
    if (!near && !overflowing) {
      this.#findings.clear(key, atNs, 'TIME_WAIT is well below tcp_max_tw_buckets again, and nothing overflows.');
      return;
    }
    const sinceNs = overflowing ? now.sinceNs : atNs;
    const standing = { severity: 'warning', confidence: 'confirmed', sinceNs, size: timeWait + now.risen } as const;
    this.#findings.see(key, atNs, standing, () => tellBuckets({ netns, timeWait, max, overflowed: overflowing ? now.risen : 0 }));
  }
}

/** Of a pool that was not looked at twice yet. */
const STILL: Rates = { entered: 0, left: 0, reused: 0 };

function poolKey({ netns, laddr, raddr, rport }: Pick<PoolState, 'netns' | 'laddr' | 'raddr' | 'rport'>): string {
  return `${netns} ${laddr} ${raddr} ${rport}`;
}
