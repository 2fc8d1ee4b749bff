import type { StuckCloseThresholds } from '../model/connection-thresholds.ts';
import type { RetransmitEvent, StateEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import type { SampleInput } from '../model/input.ts';
import type { TcpState } from '../model/tcp-state.ts';
import type { Detector, Observed, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { type Group, oldestOf, Staying } from './staying.ts';
import { tellFinWait2, tellUnacknowledged } from './stuck-words.ts';
import { whole } from './words.ts';

/** States in which our FIN, or what is before it, waits for its acknowledgement. */
const ENDING: ReadonlySet<TcpState> = new Set(['FIN_WAIT1', 'CLOSING', 'LAST_ACK']);
/** Sockets, and peers, remembered at most. */
const SOCKETS = 4096;
const LOOK_NS = 1e9;
/** A FIN is sent again after 120 s at the latest: what is silent for longer has ended untold. */
const SILENT_NS = 250e9;

interface Unheard {
  readonly sock: number;
  readonly peer: Peer;
  readonly laddr: string;
  readonly lport: number;
  readonly raddr: string;
  readonly rport: number;
  readonly state: TcpState;
  timeouts: number;
  lastNs: number;
  sinceNs: number;
}

interface Peer {
  readonly key: string;
  readonly netns: number | null;
  readonly raddr: string;
  readonly sockets: Set<Unheard>;
  pid: number | null;
  comm: string | null;
  seqs: number[];
}

/** See {@link StuckClose}. */
export function stuckClose(findings: Findings, world: World, thresholds: StuckCloseThresholds): Detector {
  return new StuckClose(findings, world, thresholds);
}

/**
 * Closes that do not come to an end: FIN_WAIT2 that a process holds, which the kernel never ends (an orphan’s is a mini-socket, and the ledger’s); and FIN_WAIT1, CLOSING and LAST_ACK whose FIN
 * is sent again and again.
 */
class StuckClose implements Detector {
  readonly kinds = ['state', 'retransmit'] as const;
  readonly transitions = { from: ['FIN_WAIT2', ...ENDING], to: ['FIN_WAIT2'] } as const;
  readonly #findings: Findings;
  readonly #t: StuckCloseThresholds;
  readonly #staying: Staying;
  readonly #unheard = new Map<number, Unheard>();
  readonly #peers = new Map<string, Peer>();
  #lookedNs = Number.NEGATIVE_INFINITY;

  constructor(findings: Findings, world: World, thresholds: StuckCloseThresholds) {
    this.#findings = findings;
    this.#t = thresholds;
    this.#staying = new Staying({
      state: 'FIN_WAIT2',
      sockets: world.sockets,
      ageNs: thresholds.ageSeconds * 1e9,
      keyOf: ({ netns, raddr, rport }) => `half ${netns} ${raddr} ${rport}`,
    });
  }

  onEvent(event: Observed): void {
    if (event.kind === 'retransmit') this.#onRetransmit(event);
    else if (event.kind === 'state') this.#onState(event);
  }

  onSample(sample: SampleInput): void {
    if (sample.type === 'sockets') this.#staying.onSockets(sample);
  }

  onTick(ns: number): void {
    this.#staying.onTick(ns);
    if (ns - this.#lookedNs < LOOK_NS) return;
    this.#lookedNs = ns;
    for (const group of this.#staying.groups.values()) this.#judge(group, ns);
    for (const one of this.#unheard.values()) if (ns - one.lastNs > SILENT_NS) this.#heard(one, ns, 'Nothing is sent again any more.');
    for (const key of this.#findings.keys()) {
      if (!this.#staying.groups.has(key) && !this.#peers.has(key)) this.#findings.clear(key, ns, 'None of them is left.', 0);
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    this.#staying.onNamespaces(alive);
    for (const one of this.#unheard.values()) {
      if (one.peer.netns !== null && !alive.has(one.peer.netns)) this.#heard(one, one.lastNs, 'Its network namespace is gone.');
    }
  }

  #onState(event: StateEvent): void {
    if (event.from === 'FIN_WAIT2' || event.to === 'FIN_WAIT2') this.#staying.onState(event);
    if (this.#unheard.size === 0 || event.sock === null || event.from === event.to || !ENDING.has(event.from)) return;
    const one = this.#unheard.get(event.sock);
    if (one === undefined) return;
    const ended = event.to === 'CLOSE' ? 'have come to an end, or were given up' : 'were acknowledged';
    this.#heard(one, event.ns, `All of them ${ended}.`);
  }

  #onRetransmit(event: RetransmitEvent): void {
    const { sock, state, timer, backoff, ns, seq } = event;
    if (sock === null || !ENDING.has(state) || timer !== 'rto' || backoff < this.#t.timeouts) return;
    let one = this.#unheard.get(sock);
    if (one === undefined) {
      if (this.#unheard.size >= SOCKETS) return;
      const peer = this.#peerOf(event);
      const { laddr, lport, raddr, rport } = event;
      one = { sock, peer, laddr, lport, raddr, rport, state, timeouts: backoff, lastNs: ns, sinceNs: ns };
      this.#unheard.set(sock, one);
      peer.sockets.add(one);
    }
    one.timeouts = backoff;
    one.lastNs = ns;
    const { peer } = one;
    peer.pid = event.pid ?? peer.pid;
    peer.comm = event.comm ?? peer.comm;
    peer.seqs = [...peer.seqs.slice(1 - MAX_LISTED), seq];
    this.#judgePeer(peer, backoff, one.sinceNs, ns);
  }

  #judgePeer(peer: Peer, timeouts: number, sinceNs: number, ns: number): void {
    const standing = {
      severity: peer.sockets.size >= this.#t.warnSockets ? 'warning' : 'info',
      confidence: timeouts > this.#t.timeouts ? 'consistent' : 'suspected',
      sinceNs,
      size: peer.sockets.size,
    } as const;
    const { netns, raddr, seqs, pid, comm } = peer;
    this.#findings.see(peer.key, ns, standing, () =>
      tellUnacknowledged({ netns, raddr, seqs, pid, comm, timeouts, sockets: [...peer.sockets] }),
    );
  }

  #judge(group: Group, ns: number): void {
    const count = group.stays.size;
    const oldest = oldestOf(group, ns);
    if (oldest === null || count < this.#t.sockets) {
      this.#findings.clear(group.key, ns, `${whole(group.left)} came to an end; ${whole(count)} are left in FIN_WAIT2.`);
      return;
    }
    const old = oldest.ageS >= this.#t.warnSeconds;
    const standing = {
      severity: old ? 'warning' : 'info',
      confidence: old ? 'consistent' : 'suspected',
      sinceNs: oldest.stay.sinceNs,
      size: count,
    } as const;
    this.#findings.see(group.key, ns, standing, () => tellFinWait2(group, ns, this.#t.ageSeconds));
  }

  #heard(one: Unheard, ns: number, words: string): void {
    this.#unheard.delete(one.sock);
    one.peer.sockets.delete(one);
    if (one.peer.sockets.size > 0) return;
    this.#peers.delete(one.peer.key);
    this.#findings.clear(one.peer.key, ns, words, 0);
  }

  #peerOf({ netns, raddr }: RetransmitEvent): Peer {
    const key = `unheard ${netns} ${raddr}`;
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      peer = { key, netns, raddr, sockets: new Set(), pid: null, comm: null, seqs: [] };
      this.#peers.set(key, peer);
    }
    return peer;
  }
}
