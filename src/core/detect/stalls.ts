import type { DropEvent, NeighbourEvent, RetransmitEvent, SocketErrorEvent, SocketRef, StateEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import { type FourTuple, tupleKey } from '../model/four-tuple.ts';
import type { QueuesInput, WaitingSample } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { TcpState } from '../model/tcp-state.ts';
import { heardAt, type Peer, type Stall } from './stall.ts';

/** What closed lately while it stalled: its error is told afterwards, without a namespace. */
interface Closed {
  readonly stall: Stall;
  readonly ns: number;
}

const FLOWS = 4096;
const PEERS = 1024;
/** Handshakes remembered: one that nobody completes shows within seconds. */
const FRESH = 16_384;
const NEIGHBOURS = 1024;
/** An address that went to another machine this long before explains a stall, ns. */
const MOVED_NS = 60e9;
const CLOSED_NS = 1e9;
/** The kernel's longest timeout (TCP_RTO_MAX), and room for keep-alive's own interval. */
const LONGEST_NS = 150e9;
const FIRST_NS = 3e9; // how long a timer is waited for where only one expiry was seen
/** An answer would have come by then, ns: RTTs beyond it are rare, and the timeouts much longer. */
const SETTLED_NS = 0.2e9;

/** Transitions that a segment of the peer made. */
const HEARD: ReadonlySet<TcpState> = new Set<TcpState>(['ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT2', 'CLOSING', 'SYN_RECV']);
/** Errors that the peer itself caused. */
const ANSWERS: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE']);
const WAITING: ReadonlySet<TcpState> = new Set<TcpState>(['ESTABLISHED', 'CLOSE_WAIT']);

/**
 * Connections on which nothing is acknowledged any more, and whether anything else is heard of their peers. Bounded; work is done for
 * retransmissions and for addresses that are in it, so that ordinary traffic costs one look-up.
 */
export class Stalls {
  readonly #flows = new Map<string, Stall>();
  /** By address, as most events need no more: the peers of several namespaces may share one. */
  readonly #peers = new Map<string, Peer[]>();
  #peerCount = 0;
  /** First number behind the SYN of the newest connections: a ring by socket number, as each connection passes here and a Map would cost more than all else. */
  readonly #freshSocks = new Float64Array(FRESH);
  readonly #freshUnas = new Uint32Array(FRESH);
  readonly #moved = new Map<string, number>();
  readonly #closed = new Map<string, Closed>();

  get size(): number {
    return this.#flows.size;
  }

  at(key: string): Stall | null {
    return this.#flows.get(key) ?? null;
  }

  *peers(): Generator<Peer> {
    for (const those of this.#peers.values()) yield* those;
  }

  peersOf(raddr: string): readonly Peer[] {
    return this.#peers.get(raddr) ?? [];
  }

  /** Whether this address went to another machine shortly before `ns`, or since. */
  movedBy(raddr: string, ns: number): boolean {
    const movedNs = this.#moved.get(raddr);
    return movedNs !== undefined && movedNs >= ns - MOVED_NS;
  }

  /** Data was sent again. Gives the stalled flow where the timer did it. */
  retransmitted(event: RetransmitEvent): Stall | null {
    if (event.what !== 'data' || event.timer !== 'rto' || !WAITING.has(event.state)) return null;
    const key = tupleKey(event.netns, event);
    const known = this.#flows.get(key);
    const goesOn = known !== undefined && event.backoff >= known.backoff && (known.una === null || known.una === event.seqStart);
    if (known !== undefined && !goesOn) {
      // Something was acknowledged since: the peer is there.
      if (known.una !== null && known.una !== event.seqStart) hear(known.peer, event.ns);
      // Its peer stays known: another stall of it begins at once.
      this.#flows.delete(key);
      known.peer.flows.delete(known);
    }
    const stall = goesOn ? known : this.#begin(key, event, event.ns, event.seqStart);
    stall.heardAt = heardAt(stall);
    stall.beforeNs = stall.lastNs;
    stall.dueNs = stall.lastNs < event.ns ? event.ns + 2 * (event.ns - stall.lastNs) : event.ns + FIRST_NS;
    stall.lastNs = event.ns;
    stall.timer = 'on';
    stall.backoff = event.backoff;
    stall.looked = false;
    if (stall.una === null) stall.una = event.seqStart;
    if (event.error !== null) stall.unsent++;
    stall.seqs = [...stall.seqs.slice(1 - MAX_LISTED), event.seq];
    return stall;
  }

  /** A transition: the peer was heard by it, or a stalled connection ended. */
  state(event: StateEvent): void {
    if (event.to === 'ESTABLISHED' && event.from === 'SYN_SENT' && event.sock !== null && event.sndUna !== null) {
      const slot = event.sock % FRESH;
      this.#freshSocks[slot] = event.sock;
      this.#freshUnas[slot] = event.sndUna;
    }
    if (this.#peerCount === 0) return;
    const those = this.#peers.get(event.raddr);
    if (those === undefined) return;
    if (event.to === 'CLOSE') {
      const stall = this.#flows.get(tupleKey(event.netns, event));
      if (stall !== undefined) {
        keepNewest(this.#closed, tupleKey(null, event), { stall, ns: event.ns }, NEIGHBOURS);
        this.drop(stall);
      }
    } else if (HEARD.has(event.to)) this.heard(event, event.ns);
  }

  /** A segment of that address arrived at `ns`. */
  heard({ netns, raddr }: Pick<SocketRef, 'netns' | 'raddr'>, ns: number): void {
    for (const peer of this.peersOf(raddr)) if (peer.netns === netns) hear(peer, ns);
  }

  dropped(event: DropEvent): void {
    if (this.#peerCount === 0) return;
    if (event.direction === 'received') this.heard(event, event.ns);
    else if (event.reason === 'NEIGH_FAILED') {
      for (const peer of this.peersOf(event.raddr)) peer.neighbourSeqs = [...peer.neighbourSeqs.slice(1 - MAX_LISTED), event.seq];
    }
  }

  neighbour({ address, ns, oldLink, newLink }: NeighbourEvent): void {
    if (newLink !== null && oldLink !== null && newLink !== oldLink) keepNewest(this.#moved, address, ns, NEIGHBOURS);
  }

  /** The kernel gave a stalled connection up (ETIMEDOUT), or the peer ended it. Gives the flow that died unanswered. */
  failed(event: SocketErrorEvent): Stall | null {
    const closed = this.#closed.get(tupleKey(null, event));
    if (closed === undefined || event.ns - closed.ns > CLOSED_NS) return null;
    this.#closed.delete(tupleKey(null, event));
    if (event.errno === 'ETIMEDOUT') {
      this.died(closed.stall.peer, 'timeout', event.ns, event.seq);
      return closed.stall;
    }
    if (ANSWERS.has(event.errno)) hear(closed.stall.peer, event.ns);
    return null;
  }

  /** The kernel gave a connection to this peer up. */
  died(peer: Peer, how: 'timeout' | 'keep-alive', ns: number, seq: number): void {
    this.#keep(peer);
    peer.dead++;
    peer.deadHow = how;
    peer.deadNs = ns;
    peer.deadSeqs = [...peer.deadSeqs.slice(1 - MAX_LISTED), seq];
  }

  /** A look at all that waits: timers that expire unanswered, and stalls that are over. Gives the peers that it says something new of. */
  looked({ netns, fromNs, atNs, waiting, leftOut }: QueuesInput, least: number): Set<Peer> {
    const touched = new Set<Peer>();
    if (waiting === null) return touched;
    const here = new Set<string>();
    for (const one of waiting) {
      if (!WAITING.has(one.state) || one.timer === null) continue;
      const key = tupleKey(netns, one);
      here.add(key);
      this.#listen(netns, one, atNs);
      const known = this.#flows.get(key);
      if (one.timer.backoff < least) {
        // The timer runs, and by less than before: something was acknowledged in between.
        if (known !== undefined && known.lastNs < fromNs && one.timer.backoff < known.backoff) touched.add(this.drop(known));
        continue;
      }
      const stall = known ?? this.#begin(key, { ...one, netns, sock: null, pid: null, comm: null }, atNs, null);
      const sentMs = one.timer.kind === 'on' ? (one.info?.lastSndMs ?? null) : null;
      const same = known !== undefined && known.backoff === one.timer.backoff;
      if (!same) {
        stall.heardAt = heardAt(stall);
        stall.beforeNs = stall.lastNs;
        stall.lastNs = sentMs === null ? fromNs : fromNs - sentMs * 1e6;
      }
      stall.timer = one.timer.kind;
      stall.backoff = one.timer.backoff;
      stall.looked = fromNs - stall.lastNs > SETTLED_NS;
      stall.dueNs = atNs + one.timer.ms * 1e6;
      if (one.info !== null && one.info.unacked === 0 && one.sendQ > 0 && one.timer.kind === 'persist') stall.unsent = stall.backoff;
      touched.add(stall.peer);
    }
    if (leftOut > 0) return touched;
    for (const stall of this.#flows.values()) {
      if (stall.peer.netns === netns && stall.lastNs < fromNs && !here.has(stall.key)) touched.add(this.drop(stall));
    }
    return touched;
  }

  /** The stalls whose timer should have expired again and did not: what they waited for was acknowledged. */
  expire(ns: number): Set<Peer> {
    const touched = new Set<Peer>();
    for (const stall of this.#flows.values()) {
      const { lastNs, dueNs } = stall;
      if (ns > Math.min(lastNs + LONGEST_NS, dueNs + 0.25 * (dueNs - lastNs)) + 1e9) touched.add(this.drop(stall));
    }
    return touched;
  }

  drop(stall: Stall): Peer {
    this.#flows.delete(stall.key);
    stall.peer.flows.delete(stall);
    this.#tidy(stall.peer);
    return stall.peer;
  }

  /** Forgets what is known of a peer's dead connections. */
  bury(peer: Peer): void {
    peer.dead = 0;
    peer.deadSeqs = [];
    peer.deadHow = null;
    this.#tidy(peer);
  }

  keepNamespaces(alive: ReadonlySet<number>): Peer[] {
    const gone = [...this.peers()].filter(({ netns }) => netns !== null && !alive.has(netns));
    for (const peer of gone) {
      for (const stall of [...peer.flows]) this.drop(stall);
      this.bury(peer);
    }
    return gone;
  }

  /** The peer of this address, whether it is known or not. */
  peer(netns: number | null, raddr: string): Peer {
    const known = this.#peers.get(raddr)?.find((one) => one.netns === netns);
    if (known !== undefined) return known;
    const fresh = { netns, raddr, flows: new Set<Stall>(), dead: 0, deadSeqs: [], deadNs: Number.NEGATIVE_INFINITY, deadHow: null };
    return { key: `${netns} ${raddr}`, ...fresh, judgedNs: Number.NEGATIVE_INFINITY, heardNs: Number.NEGATIVE_INFINITY, neighbourSeqs: [] };
  }

  /** What `ss -i` says of segments that came in is as good as an event. */
  #listen(netns: number | null, { raddr, info }: WaitingSample, atNs: number): void {
    if (this.#peerCount === 0 || info === null) return;
    const ms = Math.min(info.lastRcvMs ?? Number.POSITIVE_INFINITY, info.lastAckMs ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(ms)) this.heard({ netns, raddr }, atNs - ms * 1e6);
  }

  #begin(key: string, of: Pick<SocketRef, 'netns' | 'sock' | 'pid' | 'comm'> & FourTuple, ns: number, una: number | null): Stall {
    if (this.#flows.size >= FLOWS) {
      const oldest = this.#flows.values().next();
      if (oldest.done !== true) this.drop(oldest.value);
    }
    const { netns, sock, pid, comm, laddr, lport, raddr, rport } = of;
    const peer = this.peer(netns, raddr);
    const neverAcked = una !== null && sock !== null && this.#freshSocks[sock % FRESH] === sock && this.#freshUnas[sock % FRESH] === una;
    const begun = {
      sinceNs: ns,
      beforeNs: ns,
      lastNs: ns,
      dueNs: ns + FIRST_NS,
      timer: 'on' as const,
      backoff: 0,
      heardAt: 0,
      looked: false,
      una,
      neverAcked,
      unsent: 0,
    };
    const stall: Stall = { key, peer, sock, pid, comm, laddr, lport, raddr, rport, ...begun, seqs: [] };
    this.#flows.set(key, stall);
    peer.flows.add(stall);
    this.#keep(peer);
    return stall;
  }

  #keep(peer: Peer): void {
    const those = this.#peers.get(peer.raddr);
    if (those?.includes(peer) === true) return;
    if (this.#peerCount >= PEERS) this.#forgetOldest();
    if (those === undefined) this.#peers.set(peer.raddr, [peer]);
    else those.push(peer);
    this.#peerCount++;
  }

  #forgetOldest(): void {
    const [oldest] = this.#peers.values().next().value ?? [];
    if (oldest === undefined) return;
    for (const stall of [...oldest.flows]) this.drop(stall);
    this.bury(oldest);
  }

  #tidy(peer: Peer): void {
    if (peer.flows.size > 0 || peer.dead > 0) return;
    const rest = this.peersOf(peer.raddr).filter((one) => one !== peer);
    if (rest.length === this.peersOf(peer.raddr).length) return;
    this.#peerCount--;
    if (rest.length === 0) this.#peers.delete(peer.raddr);
    else this.#peers.set(peer.raddr, rest);
  }
}

function hear(peer: Peer, ns: number): void {
  peer.heardNs = Math.max(peer.heardNs, ns);
}
