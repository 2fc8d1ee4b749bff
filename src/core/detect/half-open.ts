import type { ProbeEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import type { SampleInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { HalfOpenThresholds } from '../model/thresholds.ts';
import type { Sock } from '../track/sock.ts';
import type { Detector, Observed, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { type Doubt, type Idle, type Silence, tellDoubt, tellSilence } from './half-open-words.ts';
import { type Peer, proof, type Stall, unanswered } from './stall.ts';
import type { Stalls } from './stalls.ts';

/** Sockets looked at in one tick, to count the idle ones of silent peers. */
const SLICE = 2000;
const DOUBTS = 256;
/** Least time between two judgements of a peer by its retransmissions, ns: ticks come as often. */
const JUDGED_NS = 0.25e9;
/** How long a peer must be heard again until that is said, ns. */
const REST_NS = 2e9;

/** See {@link HalfOpen}. */
export function halfOpen(findings: Findings, world: World, thresholds: HalfOpenThresholds): Detector {
  return new HalfOpen(findings, world, thresholds);
}

/**
 * Half-open connections (RFC 9293 §3.5.1): this end holds them, the other end is gone. Told by peer: data is sent again and again, nothing is
 * acknowledged and nothing else is heard of that address; keep-alive or zero-window probes go unanswered; or the kernel gave up. A peer that is
 * heard and does not acknowledge, and an address that has just gone to another machine, are a sequence anomaly; a connection of which nothing was
 * ever acknowledged is false-alive.
 */
class HalfOpen implements Detector {
  readonly kinds = ['retransmit', 'reset', 'socket-error', 'neighbour', 'probe'] as const;
  readonly #findings: Findings;
  readonly #world: World;
  readonly #t: HalfOpenThresholds;
  readonly #stalls: Stalls;
  /** Peers that a probe of ours does not reach, by the finding's key. */
  readonly #doubts = new Map<string, Doubt>();
  /** Idle connections, by the finding's key, as last counted; and the walk that counts them anew. */
  #idle: ReadonlyMap<string, Idle> = new Map();
  #counting: { readonly walk: Iterator<Sock>; readonly found: Map<string, Idle> } | null = null;

  constructor(findings: Findings, world: World, thresholds: HalfOpenThresholds) {
    this.#findings = findings;
    this.#world = world;
    this.#t = thresholds;
    this.#stalls = world.stalling.stalls;
  }

  onEvent(event: Observed): void {
    switch (event.kind) {
      case 'retransmit': {
        const stall = this.#world.stalling.about;
        // Ticks look at all that stalls towards a peer: hundreds of its connections may expire at once.
        if (stall !== null && this.#suspects(stall) && event.ns - stall.peer.judgedNs >= JUDGED_NS) {
          stall.peer.judgedNs = event.ns;
          this.#judge(stall.peer, event.ns);
        }
        break;
      }
      case 'socket-error': {
        const stall = this.#world.stalling.about;
        if (stall !== null) this.#judge(stall.peer, event.ns);
        break;
      }
      case 'reset':
        for (const peer of this.#stalls.peersOf(event.raddr)) if (peer.dead > 0) this.#judge(peer, event.ns);
        break;
      case 'neighbour':
        for (const peer of this.#stalls.peersOf(event.address)) this.#judge(peer, event.ns);
        break;
      case 'probe':
        this.#onProbe(event);
        break;
    }
  }

  onSample(sample: SampleInput): void {
    if (sample.type !== 'queues') return;
    for (const peer of this.#world.stalling.touched) this.#judge(peer, sample.atNs);
  }

  onTick(ns: number): void {
    for (const peer of this.#world.stalling.touched) this.#judge(peer, ns);
    for (const peer of this.#stalls.peers()) {
      if (peer.dead > 0 && (peer.heardNs > peer.deadNs || ns - peer.deadNs > this.#t.quietSeconds * 1e9)) this.#stalls.bury(peer);
      this.#judge(peer, ns);
    }
    this.#tidy(ns);
    this.#count(ns);
    for (const [key, doubt] of this.#doubts) {
      if (ns - doubt.lastNs <= this.#t.quietSeconds * 1e9) continue;
      this.#doubts.delete(key);
      this.#findings.clear(key, ns, `No probe has asked this peer for ${this.#t.quietSeconds} s.`, 0);
    }
  }

  onNamespaces(): void {
    for (const { key } of this.#world.stalling.gone) this.#findings.clear(key, 0, 'Its network namespace is gone.', 0);
  }

  /** Findings whose peer has nothing left that stalls. */
  #tidy(ns: number): void {
    const keys = this.#findings.keys().filter((key) => !this.#doubts.has(key));
    if (keys.length === 0) return;
    const those = new Set([...this.#stalls.peers()].map(({ key }) => key));
    for (const key of keys)
      if (!those.has(key)) this.#findings.clear(key, ns, 'What waited for it was acknowledged, or has ended.', REST_NS);
  }

  /** A probe of ours that nobody answers is a reason to doubt idle connections to the same address. */
  #onProbe({ attempt, verdict, standing, netns, ns, seq, update }: ProbeEvent): void {
    const { raddr } = attempt;
    if (update !== null || raddr === null) return;
    const here = netns ?? this.#world.start.netns;
    const key = `probe ${here} ${raddr} ${attempt.rport}`;
    if (verdict.responder !== 'nobody') {
      if (verdict.responder === null || !this.#doubts.delete(key)) return;
      this.#findings.clear(key, ns, `${raddr} answers ${attempt.target} again.`, 0);
      return;
    }
    const { seqs = [], sinceNs = ns } = this.#doubts.get(key) ?? {};
    const doubt = { netns: here, raddr, rport: attempt.rport, target: attempt.target, misses: standing.misses };
    keepNewest(this.#doubts, key, { ...doubt, seqs: [...seqs, seq].slice(-MAX_LISTED), sinceNs, lastNs: ns }, DOUBTS);
  }

  #judge(peer: Peer, ns: number): void {
    const { key } = peer;
    const silence = this.#silenceOf(peer);
    if (silence === null) {
      if (this.#findings.has(key)) this.#findings.clear(key, ns, clearedBy(peer), REST_NS);
      return;
    }
    const { firm, dead, flows } = silence;
    const standing = {
      severity: firm && flows.length > 0 ? 'critical' : 'warning',
      confidence: dead > 0 ? 'confirmed' : firm ? 'consistent' : 'suspected',
      sinceNs: Math.min(...flows.map(({ sinceNs }) => sinceNs), dead > 0 ? peer.deadNs : Number.POSITIVE_INFINITY),
      size: flows.length + dead,
    } as const;
    this.#findings.see(key, ns, standing, () => tellSilence(silence, this.#world.settings));
  }

  /** What stalls towards this peer, where nothing is heard of it; null where there is not enough of it. */
  #silenceOf(peer: Peer): Silence | null {
    const flows = [...peer.flows].filter((stall) => !stall.neverAcked && this.#suspects(stall));
    if (flows.length === 0 && peer.dead === 0) return null;
    const firm = flows.some((stall) => proof(stall) >= this.#t.firmTimeouts);
    return { peer, flows, firm, dead: peer.dead, idle: this.#idle.get(peer.key) ?? null };
  }

  #suspects(stall: Stall): boolean {
    const missed = unanswered(stall);
    // The last copy may be the one that arrives, and no event tells an acknowledgement: a look does, or the next timeout.
    const proven = proof(stall);
    if (this.#stalls.movedBy(stall.raddr, stall.sinceNs)) return false;
    if (stall.timer === 'keepalive') return missed >= this.#t.keepAliveProbes;
    // An error says at once that the copy before had not left; a probe that waits may just have been sent.
    const unsent = stall.unsent >= this.#t.unsentTimeouts && (stall.timer === 'on' ? missed : proven) >= this.#t.unsentTimeouts;
    return unsent || proven >= this.#t.suspectTimeouts;
  }

  /** Counts idle connections to those peers, a slice of the table in each tick. */
  #count(ns: number): void {
    if (this.#counting === null) {
      if (this.#findings.keys().length === 0 && this.#doubts.size === 0) return;
      this.#counting = { walk: this.#world.sockets.values()[Symbol.iterator](), found: new Map() };
    }
    const { walk, found } = this.#counting;
    for (let looked = 0; looked < SLICE; looked++) {
      const step = walk.next();
      if (step.done === true) {
        this.#counting = null;
        this.#idle = found;
        this.#judgeDoubts(ns);
        return;
      }
      const sock = step.value;
      if (sock.state !== 'ESTABLISHED') continue;
      const key = `${sock.netns} ${sock.raddr}`;
      if (this.#findings.has(key)) add(found, key, sock);
      const doubt = this.#doubts.size === 0 ? undefined : this.#doubts.get(`probe ${key} ${sock.rport}`);
      if (doubt !== undefined) add(found, `probe ${key} ${sock.rport}`, sock);
    }
  }

  #judgeDoubts(ns: number): void {
    for (const [key, doubt] of this.#doubts) {
      const idle = this.#idle.get(key);
      if (doubt.misses < this.#t.doubtMisses || idle === undefined) continue;
      const standing = { severity: 'info', confidence: 'suspected', sinceNs: doubt.sinceNs, size: idle.total } as const;
      this.#findings.see(key, ns, standing, () => tellDoubt(doubt, idle, this.#world.settings));
    }
  }
}

function add(found: Map<string, Idle>, key: string, sock: Sock): void {
  const idle = found.get(key);
  if (idle === undefined) found.set(key, { total: 1, some: [sock] });
  else {
    idle.total++;
    if (idle.some.length < MAX_LISTED) idle.some.push(sock);
  }
}

function clearedBy({ raddr, heardNs, flows, dead }: Peer): string {
  if (Number.isFinite(heardNs)) return `${raddr} is heard again.`;
  if (flows.size > 0 || dead > 0) return `${raddr} has gone to another machine: whatever stalls is not a vanished peer.`;
  return `What waited for ${raddr} was acknowledged, or has ended.`;
}
