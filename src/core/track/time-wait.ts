import { type FourTuple, tupleKey } from '../model/four-tuple.ts';
import type { SampledSocket } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { Chain } from './chain.ts';
import { Pools } from './pools.ts';
import { isStale, isWitnessed, type Population } from './population.ts';
import { isMini, type Remnant } from './remnant.ts';
import type { Sock } from './sock.ts';
import { TupleIndex } from './tuple-index.ts';

/** TCP_TIMEWAIT_LEN (include/net/tcp.h): fixed, whatever tcp_fin_timeout says. */
export const TIME_WAIT_NS = 60e9;
/** The timer wheel rounds a 60 s timer up by at most one bucket: 2.048 s at HZ=250, 4.096 s at HZ=1000, 5.12 s at HZ=100. */
const TIMER_SLACK_NS = 5.2e9;

/** Early FINs remembered at most, and for how long they count: the race is one of microseconds. */
const EARLY = 1024;
const EARLY_NS = 1e9;
/** Remnants kept at most, where no other number is given. */
const CAP = 1_000_000;

/** So long after the kernel took a remnant away before its time a socket may still show that it has its four-tuple. */
const REUSE_NS = 1e9;

/**
 * The TIME_WAIT ledger: who entered, who left. Tracepoints tell neither, so entries are inferred from the full socket's end
 * and exits from time, from reuse of the four-tuple and from the kernel's own population (sockstat), which settles which of the two
 * seconds of the timer's rounding it was. Where kprobes tell of the mini-sockets themselves, what they say goes before all of it.
 */
export class TimeWaitLedger {
  /** Oldest first: a restart of the 60 s moves an entry to the end. */
  readonly #remnants = new Chain<Remnant>();
  readonly #byTuple: TupleIndex<Remnant>;
  /** FINs that reached a mini-socket before its full socket was said to be closed, by four-tuple. */
  readonly #early = new Map<string, number>();
  /** Taken away by the kernel before their time, oldest first. */
  readonly #ended = new Set<Remnant>();
  /** Those in true TIME_WAIT, by what they make scarce. */
  readonly pools: Pools;
  readonly #population = new Map<number | null, Population>();
  readonly #cap: number;
  #evicted = 0;

  /** `cap`: remnants kept at most; beyond it the oldest goes. `seed`: see TupleIndex. */
  constructor(cap = CAP, seed = 0) {
    this.#cap = cap;
    this.#byTuple = new TupleIndex(seed);
    this.pools = new Pools(seed);
  }

  /** `rcvNxt`: the full socket's, at its close; `exact`: the kernel itself told of the birth. */
  enter(sock: Sock, left: Remnant['phase'], ns: number, rcvNxt: number | null = null, exact = false): Remnant {
    const { id, netns, laddr, lport, raddr, rport, pid, comm, owner, probe, origin } = sock;
    const early = this.#early.size === 0 ? undefined : this.#early.get(tupleKey(netns, sock));
    if (early !== undefined) this.#early.delete(tupleKey(netns, sock));
    const raced = early !== undefined && ns - early < EARLY_NS;
    const phase = raced ? 'time-wait' : left;
    return this.#put({
      sock: id,
      netns,
      laddr,
      lport,
      raddr,
      rport,
      pid,
      comm,
      owner,
      probe,
      phase,
      sinceNs: ns,
      // A FIN that the full socket did not see has moved it on.
      rcvNxt: raced ? null : rcvNxt,
      origin,
      exact,
      endedNs: null,
      pool: null,
      older: null,
      newer: null,
    });
  }

  /**
   * The kernel has taken a remnant away. Given at once where its time was over. Else it may have been reused: the next socket with its
   * four-tuple says so, and `expire` gives it where none comes.
   */
  ended(remnant: Remnant, ns: number): boolean {
    if (remnant.phase === 'time-wait' && ns - remnant.sinceNs < TIME_WAIT_NS) {
      remnant.endedNs = ns;
      this.#ended.add(remnant);
      return false;
    }
    this.#remove(remnant);
    return true;
  }

  /**
   * A FIN was taken by a mini-socket that we do not know yet: the kernel puts it into place before it says that the full socket is
   * closed, so another CPU can be faster.
   */
  early(netns: number | null, tuple: FourTuple, ns: number): void {
    keepNewest(this.#early, tupleKey(netns, tuple), ns, EARLY);
  }

  /** A new socket has taken over the four-tuple (`reused`), or a reset or an abort ended the remnant. */
  leave(netns: number | null, tuple: FourTuple, reused = false): Remnant | null {
    const remnant = this.#byTuple.get(netns, tuple);
    if (remnant === undefined) return null;
    this.#remove(remnant, reused);
    return remnant;
  }

  get(netns: number | null, tuple: FourTuple): Remnant | null {
    return this.#byTuple.get(netns, tuple) ?? null;
  }

  /**
   * Whether an RST with this sequence number ends the remnant (tcp_timewait_state_process): one in TIME_WAIT only exactly at rcv_nxt, an
   * orphaned FIN_WAIT2 anywhere in the window, of which only the beginning is known.
   */
  ends({ phase, rcvNxt }: Remnant, seq: number): boolean {
    if (rcvNxt === null) return true;
    const ahead = (seq - rcvNxt) | 0;
    return phase === 'time-wait' ? ahead === 0 : ahead >= 0;
  }

  /**
   * A segment reached the remnant: its 60 s begin again; a FIN makes an orphaned FIN_WAIT2 a true TIME_WAIT (then true is given), and one
   * that carries data too would have been reset, so the next is `seq` + 1.
   */
  restart(remnant: Remnant, fin: boolean, ns: number, seq: number | null = null): boolean {
    const becomes = fin && remnant.phase === 'fin-wait2';
    this.#remove(remnant);
    const rcvNxt = !becomes ? remnant.rcvNxt : seq === null ? null : (seq + 1) >>> 0;
    this.#put({ ...remnant, phase: becomes ? 'time-wait' : remnant.phase, sinceNs: ns, rcvNxt, endedNs: null });
    return becomes;
  }

  /** The kernel's own population of one namespace at `ns` (sockstat tw: both phases). */
  witnessed(netns: number | null, population: number, ns: number): void {
    const counts = this.#of(netns);
    counts.kernel = population;
    counts.kernelNs = ns;
    counts.surplus = counts.timeWait + counts.finWait2 - population;
  }

  /**
   * The remnants whose time is over at `ns`. Where the namespace's population was witnessed in the last 3 s, as many of those over
   * 60 s leave as ours was then ahead of the kernel's; elsewhere, and at the latest, when the timer's rounding is over too.
   */
  expire(ns: number): Remnant[] {
    const gone: Remnant[] = [];
    for (const remnant of this.#ended) {
      if (remnant.endedNs === null || ns - remnant.endedNs < REUSE_NS) break;
      gone.push(remnant);
      this.#remove(remnant);
    }
    let ahead = this.#ahead(ns);
    for (const remnant of this.#remnants) {
      const age = ns - remnant.sinceNs;
      // Thousands may be in the timer's rounding: they are gone through only where some of them have left.
      if (age < TIME_WAIT_NS || (ahead === 0 && age < TIME_WAIT_NS + TIMER_SLACK_NS)) break;
      const counts = this.#of(remnant.netns);
      // Of what the kernel tells by itself nothing is guessed, unless what it told has been lost.
      const witnessed = !remnant.exact && isWitnessed(counts, ns) && counts.surplus > 0;
      if (age < TIME_WAIT_NS + TIMER_SLACK_NS && !witnessed) continue;
      if (witnessed) ahead--;
      counts.surplus--;
      this.#remove(remnant);
      gone.push(remnant);
    }
    this.#forget(ns);
    return gone;
  }

  /** Brings one namespace in line with a listing taken between `fromNs` and now; gives those whose TIME_WAIT or FIN_WAIT2 is not there. */
  reconcile(netns: number | null, sockets: readonly SampledSocket[], fromNs: number): Remnant[] {
    const listed = new Set<Remnant>();
    /** What the ledger does not have, or has otherwise: as it was listed last, for it may be listed twice. */
    const news = new Map<string, SampledSocket>();
    for (const sample of sockets) {
      if (!isMini(sample)) continue;
      const known = this.#byTuple.get(netns, sample);
      if (known !== undefined) listed.add(known);
      if (known === undefined || (known.phase !== phaseOf(sample) && known.sinceNs < fromNs)) news.set(tupleKey(netns, sample), sample);
      else if (news.size > 0) news.delete(tupleKey(netns, sample));
    }
    const gone: Remnant[] = [];
    for (const remnant of this.#remnants) {
      if (remnant.netns === netns && remnant.sinceNs < fromNs && !listed.has(remnant)) gone.push(remnant);
    }
    for (const remnant of gone) this.#remove(remnant);
    let added = false;
    for (const sample of news.values()) {
      const phase = phaseOf(sample);
      const known = this.#byTuple.get(netns, sample);
      if (known?.phase === 'time-wait') gone.push(known);
      const { laddr, lport, raddr, rport, remainingMs } = sample;
      const sinceNs = remainingMs === null ? fromNs : fromNs - TIME_WAIT_NS + remainingMs * 1e6;
      const rcvNxt = known?.phase === phase ? known.rcvNxt : null;
      const { sock = null, pid = null, comm = null, owner = null, probe = null, origin = null, exact = false } = known ?? {};
      added = true;
      const links = { exact, endedNs: null, pool: null, older: null, newer: null };
      this.#put({ sock, netns, laddr, lport, raddr, rport, pid, comm, owner, probe, phase, sinceNs, rcvNxt, origin, ...links });
    }
    // What a listing adds is older than what was seen to enter.
    if (added) this.#remnants.sort((a, b) => a.sinceNs - b.sinceNs);
    return gone;
  }

  /** Forgets the namespaces that exist no more: their remnants went with them. */
  keepNamespaces(alive: ReadonlySet<number>): void {
    const gone = (netns: number | null) => netns !== null && !alive.has(netns);
    if (!this.namespaces().some(gone)) return;
    for (const remnant of this.#remnants) if (gone(remnant.netns)) this.#remove(remnant);
    for (const netns of this.#population.keys()) if (gone(netns)) this.#population.delete(netns);
  }

  values(): Iterable<Remnant> {
    return this.#remnants;
  }

  /** How many there are in a namespace at `ns`, ours and the kernel's own count (null where it was not read in the last 12 s). */
  population(netns: number | null, ns: number): { timeWait: number; finWait2: number; kernel: number | null } {
    const counts = this.#population.get(netns);
    if (counts === undefined) return { timeWait: 0, finWait2: 0, kernel: null };
    return { timeWait: counts.timeWait, finWait2: counts.finWait2, kernel: isStale(counts, ns) ? null : counts.kernel };
  }

  /** Remnants forgotten because there were too many. */
  get evicted(): number {
    return this.#evicted;
  }

  /** All namespaces that have remnants, or whose population was read a moment ago. */
  namespaces(): (number | null)[] {
    return [...this.#population.keys()];
  }

  /** By how many the ledger is ahead of what the kernel's populations are known to be. */
  #ahead(ns: number): number {
    let sum = 0;
    for (const counts of this.#population.values()) if (isWitnessed(counts, ns)) sum += Math.max(0, counts.surplus);
    return sum;
  }

  #put(remnant: Remnant): Remnant {
    const before = this.#byTuple.get(remnant.netns, remnant);
    if (before !== undefined) this.#remove(before);
    this.#byTuple.set(remnant);
    this.#remnants.add(remnant);
    this.#count(remnant, 1);
    if (remnant.phase === 'time-wait') remnant.pool = this.pools.enter(remnant, remnant.origin);
    if (this.#remnants.size > this.#cap) this.#evict();
    return remnant;
  }

  #remove(remnant: Remnant, reused = false): void {
    this.#byTuple.delete(remnant);
    this.#remnants.remove(remnant);
    if (remnant.endedNs !== null) this.#ended.delete(remnant);
    this.#count(remnant, -1);
    if (remnant.pool !== null) this.pools.leave(remnant.pool, remnant, reused);
    remnant.pool = null;
  }

  #evict(): void {
    const { oldest } = this.#remnants;
    if (oldest === null) return;
    this.#remove(oldest);
    this.#evicted++;
  }

  /** Namespaces with nothing of ours that nobody reads any more. */
  #forget(ns: number): void {
    for (const [netns, counts] of this.#population) {
      if (counts.timeWait + counts.finWait2 === 0 && isStale(counts, ns)) this.#population.delete(netns);
    }
  }

  #count(remnant: Remnant, step: 1 | -1): void {
    const counts = this.#of(remnant.netns);
    if (remnant.phase === 'time-wait') counts.timeWait += step;
    else counts.finWait2 += step;
  }

  #of(netns: number | null): Population {
    let counts = this.#population.get(netns);
    if (counts === undefined) {
      counts = { timeWait: 0, finWait2: 0, kernel: null, kernelNs: Number.NEGATIVE_INFINITY, surplus: 0 };
      this.#population.set(netns, counts);
    }
    return counts;
  }
}

function phaseOf(mini: SampledSocket): Remnant['phase'] {
  return mini.state === 'TIME_WAIT' ? 'time-wait' : 'fin-wait2';
}
