import type { DropEvent, NeighbourEvent, ResetEvent, RetransmitEvent } from '../model/event.ts';
import type { QueuesInput, SampleInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { SequenceThresholds } from '../model/thresholds.ts';
import type { Detector, Observed, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { LinkChanges, networkOf } from './link-changes.ts';
import { carriesData, type End, Flow, flowKey, isLoopback, isOfUnknown, isProper, maySignify, type Sign } from './sequence-flow.ts';
import { type About, grade, type Odd, type Together, together } from './sequence-grade.ts';
import { ended, tellSequence } from './sequence-words.ts';

/** Odd connections remembered at most, those of which something was heard longest ago go first. */
const FLOWS = 1024;
/** How long one that shows nothing yet is remembered, ns: all signs that need several events need them within this. */
const WEAK_NS = 5e9;
/** Expiries in a row from which on a connection is worth remembering for them alone: one less than a sign. */
const STALLED = 3;
/** How long before the first odd event a changed link-layer address may be its cause, ns. */
const CAUSE_NS = 60e9;

/** Connections that go under one heading: a peer, a network of peers, or all of one local address. */
interface Heading {
  readonly about: About;
  readonly odd: Odd[];
  /** Peers of a network, or networks of a local address. */
  readonly parts: Set<string>;
}

/** What was said of a heading last, so that its end can be told. */
interface Said {
  readonly about: About;
  readonly at: Together;
}

export function sequenceAnomaly(findings: Findings, world: World, thresholds: SequenceThresholds): Detector {
  return new SequenceAnomaly(findings, world, thresholds);
}

/**
 * Connections that stall or are refused together because their peer is not any more who it was (kernel facts, sections 8 and 9): an address
 * that moved with old or shifted state or with none, remnants of a four-tuple, zombies in a pool. Whatever is heard of a connection from
 * either end, in whichever namespace, is kept under its four-tuple; four times a second the odd ones are put together by peer, network and
 * local address, and held against changed link-layer addresses.
 */
class SequenceAnomaly implements Detector {
  readonly kinds = ['drop', 'retransmit', 'reset', 'neighbour'] as const;
  readonly #findings: Findings;
  readonly #world: World;
  readonly #t: SequenceThresholds;
  readonly #changes = new LinkChanges();
  readonly #flows = new Map<string, Flow>();
  readonly #said = new Map<string, Said>();

  constructor(findings: Findings, world: World, thresholds: SequenceThresholds) {
    this.#findings = findings;
    this.#world = world;
    this.#t = thresholds;
  }

  onEvent(event: Observed): void {
    if (event.kind === 'drop') this.#onDrop(event);
    else if (event.kind === 'retransmit') this.#onRetransmit(event);
    else if (event.kind === 'reset') this.#onReset(event);
    else if (event.kind === 'neighbour') this.#changes.take(event);
  }

  onSample(sample: SampleInput): void {
    if (sample.type === 'queues' && this.#flows.size > 0) this.#onQueues(sample);
  }

  onTick(ns: number): void {
    if (this.#flows.size === 0 && this.#said.size === 0) return;
    const seen = this.#see(this.#oddAt(ns), ns);
    for (const [key, { about, at }] of this.#said) {
      if (seen.has(key)) continue;
      this.#findings.clear(key, ns, ended(about, at, this.#t.quietSeconds), 0);
      if (!this.#findings.has(key)) this.#said.delete(key);
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    const isGone = ({ netns }: End): boolean => netns !== null && !alive.has(netns);
    for (const [key, { ends }] of this.#flows) if (ends.length > 0 && ends.every(isGone)) this.#flows.delete(key);
  }

  /** The connections that are odd now. Those of one peer are forgotten together: what is told of them would else become less by and by. */
  #oddAt(ns: number): Odd[] {
    const odd: Odd[] = [];
    const untilNs = new Map<string, number>();
    for (const [key, flow] of this.#flows) {
      const { sign } = flow;
      if (sign !== null) {
        const one = this.#odd(flow, sign);
        odd.push(one);
        untilNs.set(one.peer, Math.max(untilNs.get(one.peer) ?? 0, flow.untilNs(this.#t.quietSeconds * 1e9)));
      } else if (ns > flow.lastNs + WEAK_NS) this.#flows.delete(key);
    }
    return odd.filter(({ flow, peer }) => {
      const over = ns > (untilNs.get(peer) ?? 0) || ns > Math.max(flow.lastNs + CAUSE_NS, flow.untilNs(0));
      if (over) this.#flows.delete(flow.key);
      return !over;
    });
  }

  #onDrop(event: DropEvent): void {
    if (event.direction !== 'received') return;
    if (event.reason === 'OTHERHOST') {
      // A bridge floods what it has no port for: worth something only beside a connection that stalls.
      const flow = this.#flows.get(flowKey(event));
      if (flow === undefined) return;
      flow.elsewhere++;
      flow.elsewhereSeqs = [...flow.elsewhereSeqs.slice(-3), event.seq];
    } else if (isOfUnknown(event)) {
      const end = this.#of(event).end(event);
      end.answeredNs = event.ns;
      end.answeredData ||= carriesData(event);
      // One that was here a moment ago has ended in order: what comes late is no stranger's.
      end.proper ||= this.#world.sockets.lateOf(event.netns, event, event.ns) !== null;
    } else if (maySignify(event)) {
      const sock = this.#world.sockets.of(event.netns, event);
      // Not a number where it was there before us.
      const ageNs = sock === null ? 0 : event.ns - sock.sinceNs;
      this.#of(event).end(event).onRefused(event, ageNs);
    }
  }

  #onRetransmit(event: RetransmitEvent): void {
    // One that never left says nothing of the peer.
    if (event.timer !== 'rto' || event.what !== 'data' || event.error !== null || event.state !== 'ESTABLISHED') return;
    const flow = event.backoff >= STALLED ? this.#of(event) : this.#flows.get(flowKey(event));
    flow?.end(event).onTimeout(event);
  }

  #onReset(event: ResetEvent): void {
    const { direction, state, ns } = event;
    if (isProper(event)) this.#of(event).end(event).proper = true;
    // Only where it was still whole: behind a FIN of the peer a reset is the end that was announced.
    else if (direction === 'received' && state === 'ESTABLISHED') {
      const end = this.#of(event).end(event);
      end.resetNs = ns;
      const change = this.#changes.of(event.raddr, ns - CAUSE_NS);
      const sock = this.#world.sockets.of(event.netns, event);
      // Not a number where it was there before us: then it is older than what we saw.
      end.cut = change !== null && sock !== null && !(sock.sinceNs >= change.ns);
    }
  }

  /** A listing of what waits: whatever is not in it has been acknowledged. */
  #onQueues({ netns, waiting, leftOut, fromNs }: QueuesInput): void {
    if (waiting === null || leftOut > 0) return;
    const stalled: End[] = [];
    for (const { ends } of this.#flows.values()) {
      for (const end of ends) if (end.netns === netns && end.backoff > 0 && end.timeoutNs < fromNs) stalled.push(end);
    }
    if (stalled.length === 0) return;
    const waits = new Set(
      waiting.filter(({ sendQ }) => sendQ > 0).map(({ laddr, lport, raddr, rport }) => `${laddr} ${lport} ${raddr} ${rport}`),
    );
    for (const end of stalled) if (!waits.has(`${end.laddr} ${end.lport} ${end.raddr} ${end.rport}`)) end.acknowledged();
  }

  #of(event: DropEvent | RetransmitEvent | ResetEvent): Flow {
    const key = flowKey(event);
    const flow = this.#flows.get(key) ?? new Flow(key, event.ns);
    keepNewest(this.#flows, key, flow, FLOWS);
    return flow;
  }

  /** The peer is the end whose address changed; else whoever was told to by the other: reset, or not answered. */
  #odd(flow: Flow, sign: Sign): Odd {
    const [first] = flow.ends;
    if (first === undefined) throw new Error('a sign has an end');
    const fromNs = flow.firstNs - CAUSE_NS;
    const moved = flow.ends.find(({ raddr }) => this.#changes.of(raddr, fromNs) !== null);
    const here = flow.ends.find(({ laddr }) => this.#changes.of(laddr, fromNs) !== null);
    if (moved === undefined && here !== undefined) return { flow, sign, peer: here.laddr, end: here };
    const end = moved ?? flow.ends.find(({ resetNs, backoff, metOld }) => !Number.isNaN(resetNs) || backoff > 0 || metOld) ?? first;
    return { flow, sign, peer: end.raddr, end };
  }

  /** Tells what is odd together, the widest heading that explains it first. Gives the headings that stand. */
  #see(odd: readonly Odd[], ns: number): Set<string> {
    const peers = new Map<string, Heading>();
    const networks = new Map<string, Heading>();
    const locals = new Map<string, Heading>();
    for (const one of odd) {
      const { peer, end } = one;
      const network = networkOf(peer);
      const where = isLoopback(peer) ? `${end.netns} ` : '';
      put(peers, `peer ${where}${peer}`, { type: 'peer', address: peer }, one, peer);
      if (where !== '') continue;
      put(networks, `network ${network}`, { type: 'network', network }, one, peer);
      const address = end.raddr === peer ? end.laddr : end.raddr;
      put(locals, `local ${end.netns} ${address}`, { type: 'local', address }, one, network);
    }
    const seen = new Set<string>();
    const explained = new Set<Odd>();
    for (const headings of [locals, networks, peers]) {
      for (const [key, { about, odd: those, parts }] of headings) {
        if (about.type !== 'peer' && parts.size < this.#t.parts) continue;
        if (!this.#findings.has(key) && those.every((one) => explained.has(one))) continue;
        const at = this.#together(those);
        const standing = grade(about, at, this.#t);
        if (standing === null) continue;
        this.#findings.see(key, ns, standing, () => tellSequence(about, at, parts.size));
        for (const one of those) explained.add(one);
        seen.add(key);
        keepNewest(this.#said, key, { about, at }, FLOWS);
      }
    }
    return seen;
  }

  #together(odd: readonly Odd[]): Together {
    let change: NeighbourEvent | null = null;
    let nextHop: NeighbourEvent | null = null;
    for (const { flow, peer, end } of odd) {
      const fromNs = flow.firstNs - CAUSE_NS;
      change ??= this.#changes.of(peer, fromNs);
      const own = networkOf(end.raddr === peer ? end.laddr : end.raddr);
      if (own !== networkOf(peer)) nextHop ??= this.#changes.within(own, fromNs);
    }
    return together(odd, change, nextHop);
  }
}

function put(into: Map<string, Heading>, key: string, about: About, one: Odd, part: string): void {
  let heading = into.get(key);
  if (heading === undefined) {
    heading = { about, odd: [], parts: new Set() };
    into.set(key, heading);
  }
  heading.odd.push(one);
  heading.parts.add(part);
}
