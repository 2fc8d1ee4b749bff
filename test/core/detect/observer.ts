import { Blindness } from '../../../src/core/detect/blindness.ts';
import type { Detector, Observed, World } from '../../../src/core/detect/detector.ts';
import { Findings } from '../../../src/core/detect/findings.ts';
import { DETECTORS } from '../../../src/core/detect/index.ts';
import { Settings } from '../../../src/core/detect/settings.ts';
import { StallWatch } from '../../../src/core/detect/stall-watch.ts';
import type { DropEvent, RetransmitEvent, StateEvent } from '../../../src/core/model/event.ts';
import type { Finding } from '../../../src/core/model/finding.ts';
import type { QueuesInput, TcpInfoSample, WaitingSample } from '../../../src/core/model/input.ts';
import { DEFAULT_THRESHOLDS, type DetectorName } from '../../../src/core/model/thresholds.ts';
import { SocketTable } from '../../../src/core/track/sockets.ts';
import { TimeWaitLedger } from '../../../src/core/track/time-wait.ts';
import { start } from '../inputs.ts';
import { NETNS } from '../recorded.ts';

const S = 1e9;
/** A connection of 10.0.0.1 to a service at 10.0.0.2, established at 1 s with first number 1000. */
export const FLOW = { laddr: '10.0.0.1', lport: 40_000, raddr: '10.0.0.2', rport: 80 };
export const flow = (at: number): typeof FLOW => ({ ...FLOW, lport: FLOW.lport + at });

/** One detector by itself: it is told of events, made up in seconds, and everything that it finds is kept. */
export class Observer {
  readonly found: (Finding & { readonly atS: number })[] = [];
  readonly sockets = new SocketTable(200_000);
  readonly #blindness = new Blindness();
  readonly #book: Findings;
  readonly #detector: Detector;
  readonly #stalling = new StallWatch(DEFAULT_THRESHOLDS);
  #seq = 0;
  #tickedS = 0;

  constructor(name: DetectorName) {
    this.#book = new Findings({
      detector: name,
      blindness: this.#blindness,
      tell: (ns, finding) => this.found.push({ ...finding(++this.#seq, (at) => at / 1000), atS: ns / S }),
    });
    const entry = DETECTORS.find((one) => one.name === name);
    if (entry === undefined) throw new Error(`no detector ${name}`);
    const world: World = {
      ...{ start, sockets: this.sockets, timeWait: new TimeWaitLedger(), settings: new Settings(), stalling: this.#stalling },
    };
    this.#detector = entry.make(this.#book, world, DEFAULT_THRESHOLDS);
  }

  /** Events in order; ticks come in between, four a second. */
  tell(...events: readonly Observed[]): this {
    for (const event of events) {
      this.until(event.ns / S);
      if (event.kind === 'gap') this.#blindness.gap(event);
      const numbered = { ...event, seq: ++this.#seq };
      this.#stalling.event(numbered);
      if (this.#detector.kinds?.some((kind) => kind === event.kind) === true) this.#detector.onEvent?.(numbered);
    }
    return this;
  }

  look(input: QueuesInput): this {
    this.until(input.atNs / S);
    this.#stalling.sample(input);
    this.#detector.onSample?.(input);
    return this;
  }

  until(seconds: number): this {
    for (; this.#tickedS <= seconds; this.#tickedS += 0.25) {
      this.#stalling.tick(this.#tickedS * S);
      this.#detector.onTick?.(this.#tickedS * S);
      this.#book.tick(this.#tickedS * S);
    }
    return this;
  }

  alive(...namespaces: readonly number[]): this {
    this.#stalling.keepNamespaces(new Set(namespaces));
    this.#detector.onNamespaces?.(new Set(namespaces));
    return this;
  }

  /** `open +1.7 warning suspected`, one a finding. */
  get told(): string[] {
    return this.found.map(({ phase, atS, severity, confidence }) => `${phase} ${Math.round(atS * 10) / 10} ${severity} ${confidence}`);
  }
}

const of = (ends: typeof FLOW, at: number) => ({
  ...{ seq: 0, ns: at * S, wallUs: 0, sock: ends.lport, netns: NETNS, family: 4 as const, pid: 7, comm: 'app', probe: null },
  ...{ owner: null, netnsName: null },
  ...ends,
});

export function state(at: number, from: StateEvent['from'], to: StateEvent['to'], ends = FLOW, more: Partial<StateEvent> = {}): StateEvent {
  const numbers = { sndUna: 1000, sndNxt: 1000, rcvNxt: 1, srttUs: 50, retransmits: 0 };
  return { kind: 'state', ...of(ends, at), from, to, dwellUs: null, ...numbers, origin: 'active', anomaly: null, ...more };
}

/** The `backoff`-th timeout of a segment that begins at `una`. */
export function resent(at: number, backoff: number, ends = FLOW, more: Partial<RetransmitEvent> = {}): RetransmitEvent {
  const what = { what: 'data', timer: 'rto', backoff, state: 'ESTABLISHED', seqStart: 1064, seqEnd: 1128, error: null } as const;
  return { kind: 'retransmit', ...of(ends, at), ...what, ...more };
}

/** Timeouts as the kernel makes them of data sent at `at`: after 0.2, 0.4, 0.8 s and so on. */
export function backingOff(at: number, most: number, ends = FLOW, more: Partial<RetransmitEvent> = {}): RetransmitEvent[] {
  return Array.from({ length: most }, (_, index) => resent(at + 0.2 * (2 ** (index + 1) - 1) + 0.2, index + 1, ends, more));
}

export function dropped(at: number, reason: string, ends = FLOW, more: Partial<DropEvent> = {}): DropEvent {
  const segment = { segSeq: 1, segAck: 1, segFlags: 16 };
  return { kind: 'drop', ...of(ends, at), reason, direction: 'received', state: 'ESTABLISHED', ...segment, ...more };
}

const INFO: TcpInfoSample = {
  ...{ unacked: 1, backoff: 0, retrans: 1, retransTotal: 1, segsIn: 3, segsOut: 9, lastSndMs: 300, lastRcvMs: 9000, lastAckMs: 9000 },
  ...{ notSent: 0, rtoMs: 1632, rttMs: 0.05 },
};

export function waits(ends: typeof FLOW, more: Partial<WaitingSample> = {}, info: Partial<TcpInfoSample> = {}): WaitingSample {
  const timer = { kind: 'on' as const, ms: 1300, backoff: 3 };
  return { ...ends, state: 'ESTABLISHED', recvQ: 0, sendQ: 64, owned: true, timer, info: { ...INFO, ...info }, ...more };
}

/** A look at the queues of the observer's own namespace. */
export function look(at: number, waiting: readonly WaitingSample[], listeners: QueuesInput['listeners'] = []): QueuesInput {
  return { type: 'queues', fromNs: at * S - 1e6, atNs: at * S, netns: NETNS, listeners, waiting, leftOut: 0 };
}
