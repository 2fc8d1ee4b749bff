import type { DropEvent, ProbeEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import { tupleKey } from '../model/four-tuple.ts';
import type { SampleInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { FalseAliveThresholds } from '../model/thresholds.ts';
import type { Detector, Observed, World } from './detector.ts';
import { type Neglect, tellHalved, tellNeglect, tellProbe } from './false-alive-words.ts';
import type { Findings } from './findings.ts';
import { type Halved, HalvedPlaces, type SynAcks } from './halved.ts';
import { listenerAt } from './listener.ts';
import { type Peer, type Stall, unanswered } from './stall.ts';
import type { Stalls } from './stalls.ts';
import { type Neglected, type Service, Unserved } from './unserved.ts';

const SYN_ACK = 18;
const RESENT = 1024;
/** Connections of a peer that are asked whether it is silent. */
const ASKED = 64;
/** Looks in a row at which data lay unread. */
const UNREAD_LOOKS = 3;
/** SYN-ACKs this far apart are no duplicates of one (RFC 6298's first timeout is 1 s). */
const APART_NS = 0.9e9;
/** How long the client's side of a handshake is not heard of until it is over, ns. */
const QUIET_NS = 130e9;

/** See {@link FalseAlive}. */
export function falseAlive(findings: Findings, world: World, thresholds: FalseAliveThresholds): Detector {
  return new FalseAlive(findings, world, thresholds);
}

/**
 * Alive to the kernel, dead to whoever asks: connections are established, and no application answers on them. Three witnesses, each of its own:
 * the queues of the accepting side (never accepted, accepted and never read, final ACK dropped), the connecting side (nothing but its SYN was
 * ever acknowledged, or SYN-ACKs come again), and our own probes' verdicts.
 */
class FalseAlive implements Detector {
  readonly kinds = ['retransmit', 'state', 'drop', 'probe'] as const;
  readonly transitions = { from: ['SYN_SENT'], to: ['CLOSE'] } as const;
  readonly #findings: Findings;
  readonly #world: World;
  readonly #t: FalseAliveThresholds;
  readonly #unserved: Unserved;
  readonly #stalls: Stalls;
  readonly #halved = new HalvedPlaces();
  /** SYN-ACKs that an established client hears, by four-tuple. */
  readonly #synAcks = new Map<string, SynAcks>();
  /** Attempts in a row that were false-alive, by target. */
  readonly #misses = new Map<string, { count: number; seqs: number[]; readonly sinceNs: number }>();

  constructor(findings: Findings, world: World, thresholds: FalseAliveThresholds) {
    this.#findings = findings;
    this.#world = world;
    this.#t = thresholds;
    this.#stalls = world.stalling.stalls;
    this.#unserved = new Unserved(world.sockets);
  }

  onEvent(event: Observed): void {
    switch (event.kind) {
      case 'retransmit': {
        const stall = this.#world.stalling.about;
        if (stall?.neverAcked === true) this.#judgeClient(stall, event.ns);
        break;
      }
      case 'state':
        // A new life of the same four-tuple begins with none, also where the end of the one before was not seen.
        if ((event.to === 'CLOSE' || event.from === 'SYN_SENT') && this.#synAcks.size > 0)
          this.#ended(tupleKey(event.netns, event), event.ns);
        break;
      case 'drop':
        this.#onDrop(event);
        break;
      case 'probe':
        this.#onProbe(event);
        break;
    }
  }

  onSample(sample: SampleInput): void {
    if (sample.type !== 'queues') return;
    for (const service of this.#unserved.looked(sample)) this.#judgeService(service, sample.atNs);
  }

  onTick(ns: number): void {
    for (const service of this.#unserved.services()) {
      const quiet = [...service.refused].filter(([, { lastNs }]) => ns - lastNs > this.#t.quietSeconds * 1e9);
      for (const [key] of quiet) service.refused.delete(key);
      if (quiet.length > 0) this.#judgeService(service, ns);
      if (service.refused.size + service.unaccepted.size + service.unread.size === 0) this.#unserved.forget(service);
    }
    for (const tuple of [...this.#halved.tuples()]) {
      const resent = this.#synAcks.get(tuple);
      if (this.#stalls.at(tuple) !== null || (resent !== undefined && ns - resent.lastNs <= QUIET_NS)) continue;
      this.#over(tuple, ns, 'What was sent was acknowledged, or it has ended.');
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const { key } of this.#unserved.keepNamespaces(alive)) this.#findings.clear(key, 0, 'Its network namespace is gone.', 0);
    for (const [key, { event }] of this.#synAcks) if (event.netns !== null && !alive.has(event.netns)) this.#ended(key, event.ns);
  }

  #onDrop(event: DropEvent): void {
    if (event.reason === 'TCP_LISTEN_OVERFLOW') {
      const service = this.#unserved.dropped(event);
      if (service !== null) this.#judgeService(service, event.ns);
    } else if (event.state === 'ESTABLISHED' && event.direction === 'received' && (event.segFlags & SYN_ACK) === SYN_ACK)
      this.#onSynAck(event);
  }

  /** The far end sends its SYN-ACK again although this end is established: the final ACK did not count there. */
  #onSynAck(event: DropEvent): void {
    const key = tupleKey(event.netns, event);
    const known = this.#synAcks.get(key) ?? { event, firstNs: event.ns, lastNs: event.ns, count: 0, seqs: [] };
    known.count++;
    known.lastNs = event.ns;
    known.seqs = [...known.seqs.slice(1 - MAX_LISTED), event.seq];
    keepNewest(this.#synAcks, key, known, RESENT);
    const stall = this.#stalls.at(key);
    if (stall === null || stall.neverAcked) this.#see(key, stall, known, event.ns);
  }

  #judgeClient(stall: Stall, ns: number): void {
    const synAcks = this.#synAcks.get(stall.key) ?? null;
    if (unanswered(stall) < this.#t.timeouts && stall.backoff < this.#t.timeouts) return;
    // Where connections that did work stall towards it too, the peer is gone: that is half-open.
    if (synAcks === null && isSilent(stall.peer)) return;
    this.#see(stall.key, stall, synAcks, ns);
  }

  #see(key: string, stall: Stall | null, synAcks: SynAcks | null, ns: number): void {
    const again = synAcks !== null && synAcks.lastNs - synAcks.firstNs >= APART_NS;
    const expired = stall !== null && stall.backoff >= this.#t.timeouts;
    if (!again && !expired) return;
    const tuple = stall ?? synAcks?.event;
    if (tuple === undefined) return;
    const backoff = stall?.backoff ?? 0;
    const confidence = again && expired ? 'confirmed' : again || backoff > this.#t.timeouts ? 'consistent' : 'suspected';
    const one: Halved = { stall, synAcks, tuple };
    const sinceNs = Math.min(stall?.sinceNs ?? ns, synAcks?.firstNs ?? ns);
    const place = this.#halved.add(key, stall?.peer.netns ?? synAcks?.event.netns ?? null, one, sinceNs, confidence);
    if (place === null) return;
    const standing = { severity: 'warning', confidence: place.confidence, sinceNs: place.sinceNs, size: place.members.size } as const;
    this.#findings.see(place.key, ns, standing, () => tellHalved(place, one));
  }

  #ended(key: string, ns: number): void {
    if (this.#synAcks.delete(key)) this.#over(key, ns, 'The connection has ended.');
  }

  /** One is over; where it was the last towards its far end, the finding is. */
  #over(tuple: string, ns: number, words: string): void {
    const place = this.#halved.delete(tuple);
    if (place !== null) this.#findings.clear(place.key, ns, words, 0);
  }

  #judgeService(service: Service, ns: number): void {
    const { key } = service;
    const unaccepted = older(service.unaccepted, ns - this.#t.acceptSeconds * 1e9);
    // One look says that it was not read yet, two that it was not read in between.
    const unread = older(service.unread, ns - this.#t.unreadSeconds * 1e9).filter(({ looks }) => looks >= UNREAD_LOOKS);
    const refused = [...service.refused.values()].filter(({ firstNs, lastNs }) => lastNs - firstNs >= APART_NS);
    if (unaccepted.length + unread.length + refused.length === 0) {
      this.#findings.clear(key, ns, 'Nothing waits for its process any more: what was there is accepted and read, or has ended.', 0);
      return;
    }
    const sinceNs = Math.min(...[...unaccepted, ...unread].map((one) => one.sinceNs), ...refused.map(({ firstNs }) => firstNs));
    const firm =
      older(service.unaccepted, ns - this.#t.firmSeconds * 1e9).length > 0 ||
      unread.some(({ sinceNs: fromNs }) => fromNs <= ns - this.#t.firmSeconds * 1e9);
    const neglect: Neglect = { service, unaccepted, unread, refused, ns };
    const standing = {
      severity: firm ? 'critical' : 'warning',
      confidence: refused.length > 0 ? 'confirmed' : firm ? 'consistent' : 'suspected',
      sinceNs,
      size: unaccepted.length + unread.length + refused.length,
    } as const;
    this.#findings.see(key, ns, standing, () =>
      tellNeglect(neglect, listenerAt(this.#world.sockets, service.netns, service.laddr, service.lport)),
    );
  }

  #onProbe(event: ProbeEvent): void {
    const { attempt, verdict, ns, seq, update } = event;
    if (update !== null) return;
    const key = `probe ${attempt.target}`;
    if (verdict.mismatch !== 'false-alive') {
      // What only the prober knows of (stopped, its own fault) says nothing of the target.
      if (verdict.cause === 'stopped' || verdict.cause === 'internal') return;
      if (!this.#misses.delete(key)) return;
      const how = verdict.alive ? 'answers again' : `is not alive to the kernel either any more (${verdict.cause})`;
      this.#findings.clear(key, ns, `${attempt.target} ${how}.`, 0);
      return;
    }
    const { count = 0, seqs = [], sinceNs = attempt.moments.connected ?? ns } = this.#misses.get(key) ?? {};
    const missed = { count: count + 1, seqs: [...seqs, seq].slice(-MAX_LISTED), sinceNs };
    keepNewest(this.#misses, key, missed, RESENT);
    if (missed.count < this.#t.misses) return;
    const standing = {
      severity: event.standing.health === 'dead' ? 'critical' : 'warning',
      confidence: 'confirmed',
      sinceNs,
      size: missed.count,
    } as const;
    this.#findings.see(key, ns, standing, () => tellProbe(event, missed));
  }
}

function older(those: ReadonlyMap<string, Neglected>, ns: number): Neglected[] {
  return [...those.values()].filter(({ sinceNs }) => sinceNs <= ns);
}

/** Whether connections that had been acknowledged before stall towards this peer, unheard; of many, the oldest tell. */
function isSilent({ flows }: Peer): boolean {
  let looked = 0;
  for (const stall of flows) {
    if (!stall.neverAcked && unanswered(stall) >= 2) return true;
    if (++looked >= ASKED) return false;
  }
  return false;
}
