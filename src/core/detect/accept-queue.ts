import type { DropEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import type { CountersInput, ListenerSample, QueuesInput, SampleInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { AcceptQueueThresholds } from '../model/thresholds.ts';
import { type Refusing, tellListener, tellOverflow, tellSynQueue } from './accept-queue-words.ts';
import type { Detector, Observed, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { listenerAt } from './listener.ts';

/** What a namespace's counters said. */
interface Counted {
  overflows: number;
  /** ListenDrops that neither ListenOverflows nor TCPReqQFullDrop explains. */
  early: number;
  reqDrop: number;
  reqCookies: number;
  failed: number;
  atNs: number;
  /** Overflows that no listener is named for yet, and since when. */
  unnamed: number;
  unnamedNs: number;
  /** The SYN queue: what has risen since its finding began, and when it last did. */
  syn: { readonly sinceNs: number; dropped: number; early: number; cookies: number; failed: number; lastNs: number } | null;
}

/** Of a namespace that came to be since the last look. */
const ZEROS = { overflows: 0, early: 0, reqDrop: 0, reqCookies: 0, failed: 0 };
const NOTHING_YET = { unnamed: 0, unnamedNs: Number.NEGATIVE_INFINITY, syn: null };
/** So many SYNs dropped early are more than a torn reading. */
const LEAST_EARLY = 3;
const LISTENERS = 1024;
const NAMESPACES = 1024;
/** How long a listing that names the listener is waited for: the sampler asks for one when overflows rise. */
const NAMING_NS = 1.5e9;

/** What rose between two readings, `seconds` apart. */
interface SynRise {
  readonly dropped: number;
  readonly early: number;
  readonly cookies: number;
  readonly failed: number;
  readonly seconds: number;
  readonly atNs: number;
}

/** See {@link AcceptQueue}. */
export function acceptQueue(findings: Findings, world: World, thresholds: AcceptQueueThresholds): Detector {
  return new AcceptQueue(findings, world, thresholds);
}

/**
 * Listeners whose accept queue is full (the application does not call accept() fast enough, or not at all), and SYN queues that overrun.
 *
 * A connection refused at the final ACK is an event (drop TCP_LISTEN_OVERFLOW); one refused at its SYN is none, only ListenOverflows tells it,
 * and only `ss` whose it was.
 */
class AcceptQueue implements Detector {
  readonly kinds = ['drop'] as const;
  readonly #findings: Findings;
  readonly #world: World;
  readonly #t: AcceptQueueThresholds;
  readonly #listeners = new Map<string, Refusing>();
  readonly #counted = new Map<number | null, Counted>();

  constructor(findings: Findings, world: World, thresholds: AcceptQueueThresholds) {
    this.#findings = findings;
    this.#world = world;
    this.#t = thresholds;
  }

  onEvent(event: Observed): void {
    if (event.kind === 'drop' && event.reason === 'TCP_LISTEN_OVERFLOW') this.#onDrop(event);
  }

  onSample(sample: SampleInput): void {
    if (sample.type === 'counters') this.#onCounters(sample);
    else if (sample.type === 'queues' && sample.listeners !== null) this.#onListeners(sample, sample.listeners);
  }

  onTick(ns: number): void {
    const quietNs = this.#t.quietSeconds * 1e9;
    for (const [key, one] of this.#listeners) {
      if (one.fullLooks > 0 || ns - one.lastNs < quietNs) continue;
      one.stoodFull = false;
      this.#findings.clear(key, ns, cleared(one, this.#t.quietSeconds), 0);
      if (!this.#findings.has(key) || ns - one.lastNs > 2 * quietNs) this.#listeners.delete(key);
    }
    for (const [netns, counted] of this.#counted) {
      if (counted.unnamed > 0 && ns - counted.unnamedNs >= NAMING_NS) this.#unnamed(netns, counted, ns);
      if (counted.unnamed === 0 && ns - counted.unnamedNs >= quietNs) {
        this.#findings.clear(`namespace ${netns}`, ns, `ListenOverflows has not risen for ${this.#t.quietSeconds} s.`, 0);
      }
      const { syn } = counted;
      if (syn === null || ns - syn.lastNs < quietNs) continue;
      this.#findings.clear(`syn ${netns}`, ns, `No SYN was dropped or answered with a cookie for ${this.#t.quietSeconds} s.`, 0);
      counted.syn = null;
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const netns of this.#counted.keys()) if (netns !== null && !alive.has(netns)) this.#counted.delete(netns);
    for (const [key, { netns }] of this.#listeners) if (netns !== null && !alive.has(netns)) this.#listeners.delete(key);
  }

  #onDrop({ netns, laddr, lport, ns, seq }: DropEvent): void {
    const listener = listenerAt(this.#world.sockets, netns, laddr, lport);
    const one = this.#of(netns, listener?.laddr ?? laddr, lport, ns);
    one.drops++;
    one.lastNs = ns;
    one.seqs = [...one.seqs.slice(1 - MAX_LISTED), seq];
    this.#see(one, ns);
  }

  /** A listing: which queues are full, and so whose the overflows were that nobody is named for. */
  #onListeners({ netns, atNs, fromNs }: QueuesInput, listeners: readonly ListenerSample[]): void {
    const counted = this.#counted.get(netns);
    const full = listeners.filter(({ waiting, backlog }) => waiting > backlog);
    const seen = new Set<Refusing>();
    for (const sample of full) {
      const one = this.#of(netns, sample.laddr, sample.lport, atNs);
      seen.add(one);
      one.sample = sample;
      one.fullLooks++;
      if (counted !== undefined && counted.unnamed > 0) {
        one.overflows += counted.unnamed;
        one.lastNs = atNs;
      }
      const refuses = one.drops > 0 || one.overflows > 0;
      if (refuses || one.fullLooks >= this.#t.fullLooks) this.#see(one, atNs);
    }
    if (full.length > 0 && counted !== undefined) counted.unnamed = 0;
    for (const one of this.#listeners.values()) {
      if (one.netns !== netns || seen.has(one) || one.lastNs > fromNs) continue;
      one.fullLooks = 0;
      one.sample = listeners.find(({ laddr, lport }) => laddr === one.laddr && lport === one.lport) ?? null;
    }
  }

  #onCounters({ netns, ext, atNs, fresh }: CountersInput): void {
    if (ext === undefined) return;
    const { ListenOverflows: overflows = 0, ListenDrops: drops = 0, TCPReqQFullDrop: reqDrop = 0 } = ext;
    const { TCPReqQFullDoCookies: reqCookies = 0, SyncookiesFailed: failed = 0 } = ext;
    const known = this.#counted.get(netns);
    // Read one after the other, while they rise: for a moment the difference may be less.
    const early = Math.max(known?.early ?? 0, drops - overflows - reqDrop);
    const sums = { overflows, early, reqDrop, reqCookies, failed, atNs };
    const before = known ?? { ...(fresh === true ? ZEROS : sums), atNs, ...NOTHING_YET };
    keepNewest(this.#counted, netns, before, NAMESPACES);
    const rise = overflows - before.overflows;
    if (rise > 0) this.#risen(netns, before, rise, atNs);
    const seconds = Math.max(1, (atNs - before.atNs) / 1e9);
    this.#synQueue(netns, before, {
      dropped: reqDrop - before.reqDrop,
      early: early - before.early,
      cookies: reqCookies - before.reqCookies,
      failed: failed - before.failed,
      seconds,
      atNs,
    });
    Object.assign(before, sums);
  }

  /** Overflows rose: they are those of listeners known to be full now, or wait for a listing. */
  #risen(netns: number | null, counted: Counted, rise: number, atNs: number): void {
    const fits = (one: Refusing): boolean => one.netns === netns && (one.fullLooks > 0 || one.lastNs > counted.atNs);
    const known = [...this.#listeners.values()].filter(fits);
    for (const one of known) {
      one.overflows += rise;
      one.lastNs = atNs;
      this.#see(one, atNs);
    }
    if (known.length > 0) return;
    if (counted.unnamed === 0) counted.unnamedNs = atNs;
    counted.unnamed += rise;
  }

  /** No listing named anybody: the queue was full for moments only. */
  #unnamed(netns: number | null, counted: Counted, ns: number): void {
    const count = counted.unnamed;
    counted.unnamed = 0;
    const sinceNs = counted.unnamedNs;
    counted.unnamedNs = ns;
    const standing = { severity: 'warning', confidence: 'consistent', sinceNs, size: count } as const;
    this.#findings.see(`namespace ${netns}`, ns, standing, () => tellOverflow(netns, count));
  }

  #synQueue(netns: number | null, counted: Counted, { dropped, early, cookies, failed, seconds, atNs }: SynRise): void {
    if (dropped <= 0 && early < LEAST_EARLY && cookies / seconds < this.#t.cookiesPerSecond) return;
    const syn = counted.syn ?? { sinceNs: counted.atNs, dropped: 0, early: 0, cookies: 0, failed: 0, lastNs: atNs };
    counted.syn = syn;
    syn.dropped += Math.max(0, dropped);
    syn.early += early;
    syn.cookies += cookies;
    syn.failed += Math.max(0, failed);
    syn.lastNs = atNs;
    // Cookies serve everybody who is there: only what is dropped hurts.
    const severity = syn.dropped + syn.early > 0 ? 'warning' : 'info';
    // Without cookies only the SYN queue does that; with them something else may.
    const sure = syn.dropped + syn.cookies > 0 || this.#world.settings.number(netns, 'ipv4.tcp_syncookies') === 0;
    const size = syn.dropped + syn.early + syn.cookies;
    const standing = { severity, confidence: sure ? 'confirmed' : 'consistent', sinceNs: syn.sinceNs, size } as const;
    this.#findings.see(`syn ${netns}`, atNs, standing, () => tellSynQueue(netns, syn, this.#world.settings));
  }

  #see(one: Refusing, ns: number): void {
    const refused = Math.max(one.drops, one.overflows);
    if (refused > 0 && one.fullLooks > 0) one.stoodFull = true;
    const standing = {
      // One burst too many is no outage; a queue that is still full while it refuses is, and what counters tell late of it does not make it less.
      severity: one.stoodFull ? 'critical' : 'warning',
      // The drop, or overflows beside a full queue, are the kernel's own words.
      confidence: one.drops > 0 || (one.overflows > 0 && one.fullLooks > 0) ? 'confirmed' : 'consistent',
      sinceNs: one.sinceNs,
      size: refused,
    } as const;
    this.#findings.see(keyOf(one), ns, standing, () => {
      const listener = listenerAt(this.#world.sockets, one.netns, one.laddr, one.lport);
      return tellListener(one, listener, this.#world.settings);
    });
  }

  #of(netns: number | null, laddr: string, lport: number, ns: number): Refusing {
    const key = keyOf({ netns, laddr, lport });
    let one = this.#listeners.get(key);
    if (one === undefined) {
      one = {
        netns,
        laddr,
        lport,
        sinceNs: ns,
        drops: 0,
        seqs: [],
        lastNs: ns,
        overflows: 0,
        sample: null,
        fullLooks: 0,
        stoodFull: false,
      };
      keepNewest(this.#listeners, key, one, LISTENERS);
    }
    return one;
  }
}

function keyOf({ netns, laddr, lport }: Pick<Refusing, 'netns' | 'laddr' | 'lport'>): string {
  return `${netns} ${laddr} ${lport}`;
}

function cleared({ sample }: Refusing, seconds: number): string {
  const queue = sample === null ? 'its queue was not full when last looked at' : `${sample.waiting} of ${sample.backlog} places are taken`;
  return `Nothing was refused for ${seconds} s, and ${queue}.`;
}
