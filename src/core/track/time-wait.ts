import type { StateRecord } from '../model/record.ts';
import { type FourTuple, tupleKey } from '../model/four-tuple.ts';
import type { SampledSocket } from '../model/input.ts';
import type { Sock } from './sockets.ts';

/** TCP_TIMEWAIT_LEN (include/net/tcp.h): fixed, whatever tcp_fin_timeout says. */
export const TIME_WAIT_NS = 60e9;
/** The timer wheel rounds a 60 s timer up by at most one bucket: 2.048 s at HZ=250, 4.096 s at HZ=1000, 5.12 s at HZ=100. */
const TIMER_SLACK_NS = 5.2e9;

/** A four-tuple whose socket has closed while the kernel keeps it: true TIME_WAIT, or an orphaned FIN_WAIT2 that waits for a FIN. */
export interface Remnant extends FourTuple {
  readonly key: string;
  readonly sock: number | null;
  readonly netns: number;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly probe: string | null;
  phase: 'time-wait' | 'fin-wait2';
  /** When its 60 s began. */
  sinceNs: number;
}

/** What the end of a full socket left behind (kernel facts, section 7: 19 of 19 measured). */
export function leftBehind(record: StateRecord): 'time-wait' | 'fin-wait2' | null {
  if (record.to !== 'CLOSE' || (record.from !== 'FIN_WAIT2' && record.from !== 'CLOSING')) return null;
  if (record.err !== null && record.err !== 0) return null;
  if (record.from === 'CLOSING' || record.finReceived !== false) return 'time-wait';
  return 'fin-wait2';
}

/**
 * The TIME_WAIT ledger: who entered, who left. Linux emits nothing for either, so entries are inferred from the full socket's end
 * and exits from time, from reuse of the four-tuple and from the kernel's own population (sockstat), which settles which of the two
 * seconds of the timer's rounding it was.
 */
export class TimeWaitLedger {
  /** Oldest first: a restart of the 60 s moves an entry to the end. */
  readonly #remnants = new Map<string, Remnant>();
  readonly #population = new Map<number, { timeWait: number; finWait2: number; kernel: number | null; kernelNs: number; surplus: number }>();

  enter(sock: Sock, phase: Remnant['phase'], ns: number): Remnant {
    const { id, netns, laddr, lport, raddr, rport, pid, comm, probe } = sock;
    return this.#put(
      { key: tupleKey(netns ?? 0, sock), sock: id, netns: netns ?? 0, laddr, lport, raddr, rport, pid, comm, probe, phase, sinceNs: ns },
    );
  }

  /** A new socket has taken over the four-tuple, or a reset or an abort ended the remnant. */
  leave(key: string): Remnant | null {
    const remnant = this.#remnants.get(key);
    if (remnant === undefined) return null;
    this.#remnants.delete(key);
    this.#count(remnant, -1);
    return remnant;
  }

  get(key: string): Remnant | null {
    return this.#remnants.get(key) ?? null;
  }

  /** A segment reached the remnant: its 60 s begin again; a FIN makes an orphaned FIN_WAIT2 a true TIME_WAIT (then true is given). */
  restart(remnant: Remnant, fin: boolean, ns: number): boolean {
    const becomes = fin && remnant.phase === 'fin-wait2';
    this.leave(remnant.key);
    this.#put({ ...remnant, phase: becomes ? 'time-wait' : remnant.phase, sinceNs: ns });
    return becomes;
  }

  /** The kernel's own population of one namespace at `ns` (sockstat tw: both phases). */
  witnessed(netns: number, population: number, ns: number): void {
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
    for (const remnant of this.#remnants.values()) {
      const age = ns - remnant.sinceNs;
      if (age < TIME_WAIT_NS) break;
      const counts = this.#of(remnant.netns);
      const witnessed = ns - counts.kernelNs < 3e9;
      if (age < TIME_WAIT_NS + TIMER_SLACK_NS && (!witnessed || counts.surplus <= 0)) continue;
      counts.surplus--;
      this.leave(remnant.key);
      gone.push(remnant);
    }
    return gone;
  }

  /** Brings one namespace in line with a listing taken between `fromNs` and now; gives what had gone unseen. */
  reconcile(netns: number, sockets: readonly SampledSocket[], fromNs: number): Remnant[] {
    const listed = new Map<string, SampledSocket>();
    for (const sample of sockets) {
      if (sample.state === 'TIME_WAIT' || sample.state === 'FIN_WAIT2') listed.set(tupleKey(netns, sample), sample);
    }
    const gone: Remnant[] = [];
    for (const remnant of this.#remnants.values()) {
      if (remnant.netns === netns && remnant.sinceNs < fromNs && !listed.has(remnant.key)) gone.push(remnant);
    }
    for (const remnant of gone) this.leave(remnant.key);
    let added = false;
    for (const [key, sample] of listed) {
      if (sample.state !== 'TIME_WAIT' || this.#remnants.has(key)) continue;
      const { laddr, lport, raddr, rport, remainingMs } = sample;
      const sinceNs = remainingMs === null ? fromNs : fromNs - TIME_WAIT_NS + remainingMs * 1e6;
      this.#put({ key, sock: null, netns, laddr, lport, raddr, rport, pid: null, comm: null, probe: null, phase: 'time-wait', sinceNs });
      added = true;
    }
    if (added) this.#sort();
    return gone;
  }

  /** A listing has no order: without this one young entry in front would keep all behind it from expiring. */
  #sort(): void {
    const sorted = [...this.#remnants.values()].sort((a, b) => a.sinceNs - b.sinceNs);
    this.#remnants.clear();
    for (const remnant of sorted) this.#remnants.set(remnant.key, remnant);
  }

  /** Forgets the namespaces that exist no more: their remnants went with them. */
  keepNamespaces(alive: ReadonlySet<number>): void {
    for (const remnant of this.#remnants.values()) if (!alive.has(remnant.netns)) this.leave(remnant.key);
    for (const netns of this.#population.keys()) if (!alive.has(netns)) this.#population.delete(netns);
  }

  values(): Iterable<Remnant> {
    return this.#remnants.values();
  }

  /** How many there are in a namespace, ours and the kernel's own count (null where it was never read). */
  population(netns: number): { timeWait: number; finWait2: number; kernel: number | null } {
    const { timeWait, finWait2, kernel } = this.#of(netns);
    return { timeWait, finWait2, kernel };
  }

  /** All namespaces that have or had remnants. */
  namespaces(): number[] {
    return [...this.#population.keys()];
  }

  #put(remnant: Remnant): Remnant {
    this.leave(remnant.key);
    this.#remnants.set(remnant.key, remnant);
    this.#count(remnant, 1);
    return remnant;
  }

  #count(remnant: Remnant, step: 1 | -1): void {
    const counts = this.#of(remnant.netns);
    if (remnant.phase === 'time-wait') counts.timeWait += step;
    else counts.finWait2 += step;
  }

  #of(netns: number): { timeWait: number; finWait2: number; kernel: number | null; kernelNs: number; surplus: number } {
    let counts = this.#population.get(netns);
    if (counts === undefined) {
      counts = { timeWait: 0, finWait2: 0, kernel: null, kernelNs: Number.NEGATIVE_INFINITY, surplus: 0 };
      this.#population.set(netns, counts);
    }
    return counts;
  }
}
