import { canonicalAddress } from '../model/address.ts';
import type { Event, StateEvent } from '../model/event.ts';
import { tupleKey } from '../model/four-tuple.ts';
import type { StartInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { ProbeAttempt } from '../model/probe.ts';
import { OwnSocket } from './own-socket.ts';

/** Kept at most; beyond it the one known longest goes. Ten thousand pooled connections and a minute of attempts fit. */
const CAP = 65_536;
/** How long a closed one waits for its attempt, ns: results come within milliseconds. */
const UNCLAIMED_NS = 5e9;

/** The sockets that this process asked for, canaries left out, and which attempt each belongs to. */
export class OwnSockets {
  readonly #pid: number | null;
  readonly #netns: number;
  readonly #bySock = new Map<number, OwnSocket>();
  /** Several of one four-tuple: ports are used again. */
  readonly #byTuple = new Map<string, OwnSocket[]>();
  readonly #portless = new Set<OwnSocket>();
  /** Closed ones in the order of closing. */
  readonly #closed = new Map<OwnSocket, number>();

  constructor({ pid, netns }: Pick<StartInput, 'pid' | 'netns'>) {
    this.#pid = pid ?? null;
    this.#netns = netns;
  }

  /** Takes note of an event; gives the socket where it is one of ours. `probing`: whether probes are known to run. */
  saw(event: Event, probing: boolean): OwnSocket | null {
    if (!('sock' in event) || event.sock === null || event.kind === 'probe') return null;
    const known = this.#bySock.size === 0 ? undefined : this.#bySock.get(event.sock);
    if (known === undefined && (event.kind !== 'state' || !this.#isOwn(event, probing))) return null;
    const own = known ?? (event.kind === 'state' ? this.#add(event.sock, event) : null);
    if (own === null) return null;
    own.saw(event);
    if (own.lport !== 0 && this.#portless.delete(own)) this.#index(own);
    if (own.closedNs !== null && !this.#closed.has(own)) this.#closed.set(own, own.closedNs);
    return own;
  }

  /**
   * The socket of an attempt: by four-tuple, and by time, for the port may have been used before and may be used again. Null where there
   * is none, or more than one it could be.
   */
  of(attempt: ProbeAttempt, slackNs: number): OwnSocket | null {
    const { laddr, lport, raddr, rport, target } = attempt;
    const known = laddr !== null && lport !== null && raddr !== null;
    const candidates = known
      ? (this.#byTuple.get(tupleKey(null, { laddr: canonicalAddress(laddr), lport, raddr: canonicalAddress(raddr), rport })) ?? [])
      : this.#without(raddr, rport);
    const reused = attempt.pooled?.reused === true;
    const fits = candidates.filter((own) => (reused ? carries(own, attempt, slackNs) : begins(own, attempt, slackNs)));
    const [found, another] = fits;
    return found !== undefined && another === undefined && (found.target === null || found.target === target) ? found : null;
  }

  /** Forgets those whose attempt never came. */
  expire(nowNs: number): void {
    for (const [own, closedNs] of this.#closed) {
      if (nowNs - closedNs < UNCLAIMED_NS) return;
      this.#forget(own);
    }
  }

  get size(): number {
    return this.#bySock.size;
  }

  /** By the process that asked for it; where that is not known, by a probe's name or by probes being run at all. */
  #isOwn({ from, to, pid, probe, netns }: StateEvent, probing: boolean): boolean {
    if (probe === 'canary' || (netns !== null && netns !== this.#netns)) return false;
    if (probe !== null) return true;
    if (from !== 'CLOSE' || to !== 'SYN_SENT') return false;
    return this.#pid === null ? probing : pid === this.#pid;
  }

  /** Refused a port (EADDRNOTAVAIL), a socket never had one. */
  #without(raddr: string | null, rport: number): readonly OwnSocket[] {
    const far = raddr === null ? null : canonicalAddress(raddr);
    return [...this.#portless].filter((own) => own.raddr === far && own.rport === rport);
  }

  #add(sock: number, event: StateEvent): OwnSocket {
    const own = new OwnSocket(sock, event);
    const [oldest] = this.#bySock.size < CAP ? [] : this.#bySock.values();
    if (oldest !== undefined) this.#forget(oldest);
    keepNewest(this.#bySock, sock, own, CAP);
    this.#portless.add(own);
    return own;
  }

  #index(own: OwnSocket): void {
    const key = tupleKey(null, own);
    const sharing = this.#byTuple.get(key);
    if (sharing === undefined) this.#byTuple.set(key, [own]);
    else sharing.push(own);
  }

  #forget(own: OwnSocket): void {
    this.#bySock.delete(own.sock);
    this.#portless.delete(own);
    this.#closed.delete(own);
    const key = tupleKey(null, own);
    const left = (this.#byTuple.get(key) ?? []).filter((one) => one !== own);
    if (left.length === 0) this.#byTuple.delete(key);
    else this.#byTuple.set(key, left);
  }
}

/** Whether the attempt asked for this very socket: its SYN_SENT lies between asking for the connection and the return of connect(). */
function begins(own: OwnSocket, { moments, target }: ProbeAttempt, slackNs: number): boolean {
  const { connectCalled, submitted, connected, closed, done } = moments;
  const ns = own.beganNs;
  if (connectCalled === null || ns === null || (own.target !== null && own.target !== target)) return false;
  const latest = own.synSentNs !== null ? (submitted ?? connected) : (connected ?? closed);
  return ns >= connectCalled - slackNs && ns <= (latest ?? done ?? Number.POSITIVE_INFINITY) + slackNs;
}

/** Whether the attempt can have run on this connection: open before, and not closed before it was called. */
function carries(own: OwnSocket, { moments: { called }, pooled }: ProbeAttempt, slackNs: number): boolean {
  const openedNs = (pooled?.openedNs ?? 0) + slackNs;
  return (own.beganNs ?? 0) <= openedNs && (own.closedNs === null || called === null || own.closedNs >= called - slackNs);
}
