import { CanaryJoin } from './correlate/canary.ts';
import { dropEvent, resetEvent, retransmitEvent, socketErrorEvent, stateEvent, timeWaitEvent } from './correlate/events.ts';
import { LineDecoder } from './decode/index.ts';
import type { DropRecord, KernelRecord, NeighbourRecord, ResetRecord, RetransmitRecord, SocketErrorRecord, StateRecord } from './model/record.ts';
import type { Event, Stamp } from './model/event.ts';
import { tupleKey } from './model/four-tuple.ts';
import type { CanaryInput, CountersInput, Input, KernelUpInput, SocketsInput, StartInput } from './model/input.ts';
import { Clock } from './track/clock.ts';
import { type Gap, GapBook } from './track/gaps.ts';
import { LossAccount } from './track/loss.ts';
import { Neighbours } from './track/neighbours.ts';
import { OrderBuffer } from './track/order.ts';
import { type Sock, SocketTable } from './track/sockets.ts';
import { leftBehind, TimeWaitLedger } from './track/time-wait.ts';
import { Witness } from './track/witness.ts';

/** What waits to be put in order: records, and samples that must be held against exactly what came before them. */
type Ordered =
  | StateRecord
  | RetransmitRecord
  | ResetRecord
  | DropRecord
  | SocketErrorRecord
  | NeighbourRecord
  | (CountersInput & { readonly ns: number })
  | (SocketsInput & { readonly ns: number });

export interface PipelineOptions {
  /** Sockets tracked at most. */
  readonly maxSockets: number;
  /** How long records wait for those of other CPUs, ms. */
  readonly holdMs?: number;
}

/** Perf buffers of two CPUs are read some ms apart on an idle machine, and up to 50 ms on a busy one; beyond this an event is late, which is counted. */
const HOLD_MS = 100;

/** Where an observation stands: `starting` until the first canary, `blind` while no bpftrace is heard. */
export type Phase = 'starting' | 'observing' | 'blind' | 'ended';

/**
 * The whole core: Inputs in, Events out. Pure: no I/O, no clock, no chance; the same Inputs give the same Events, whoever feeds them.
 */
export class Pipeline {
  readonly #start: StartInput;
  readonly #clock = new Clock();
  readonly #order: OrderBuffer<Ordered>;
  readonly #loss = new LossAccount();
  readonly #gaps = new GapBook();
  readonly #witness = new Witness();
  readonly #canary: CanaryJoin;
  readonly #neighbours = new Neighbours();
  readonly sockets: SocketTable;
  readonly timeWait = new TimeWaitLedger();
  #decoder: LineDecoder;
  #events: Event[] = [];
  #seq = 0;
  #wallOffsetUs = 0;
  #nowNs = 0;
  #phase: Phase = 'starting';
  #reason: string | null = null;
  #up: KernelUpInput | null = null;
  #blindSinceNs: number | null = null;
  #heardNs: number | null = null;
  #skipped = 0;
  #downs = 0;

  constructor(start: StartInput, options: PipelineOptions) {
    this.#start = start;
    this.#order = new OrderBuffer((options.holdMs ?? HOLD_MS) * 1e6);
    this.#canary = new CanaryJoin(start.canaryPort);
    this.sockets = new SocketTable(options.maxSockets);
    this.#decoder = this.#newDecoder();
    this.#wallOffsetUs = start.wallUs - start.atNs / 1000;
    this.#nowNs = start.atNs;
  }

  /** Takes one input and gives the events that follow from it, in the order of their `seq`. */
  accept(input: Input): readonly Event[] {
    this.#nowNs = Math.max(this.#nowNs, input.atNs);
    switch (input.type) {
      case 'start':
        break;
      case 'kernel-up':
        this.#up = input;
        this.#skipped = 0;
        break;
      case 'kernel':
        this.#decoder.write(input.text);
        break;
      case 'kernel-down':
        this.#down(input.reason);
        break;
      case 'lost':
        this.#gaps.announced(input.count);
        break;
      case 'skipped':
        this.#onSkipped(input.total);
        break;
      case 'canary':
        this.#onCanary(input);
        break;
      case 'counters':
      case 'sockets':
        this.#order.push({ ...input, ns: input.atNs + this.#clock.offsetNs });
        break;
      case 'tick':
        this.#wallOffsetUs = input.wallUs - input.atNs / 1000;
        break;
    }
    this.#release(this.#order.release(this.#nowNs + this.#clock.offsetNs));
    if (input.type === 'tick') this.#expire();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  get seq(): number {
    return this.#seq;
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  /** How the observation stands, for those who must say whether the picture is whole. */
  get state(): {
    phase: Phase;
    reason: string | null;
    version: string | null;
    hooks: KernelUpInput['hooks'];
    heardNs: number | null;
    /** Times that bpftrace has ended. */
    downs: number;
    late: number;
    blindForNs: number;
  } {
    return {
      phase: this.#phase,
      reason: this.#reason,
      version: this.#up?.version ?? null,
      hooks: this.#up?.hooks ?? [],
      heardNs: this.#heardNs,
      downs: this.#downs,
      late: this.#order.late,
      blindForNs: this.#phase === 'blind' && this.#blindSinceNs !== null ? this.#nowNs - this.#blindSinceNs : 0,
    };
  }

  get gapTotals(): GapBook['totals'] {
    return this.#gaps.totals;
  }

  get clock(): { offsetNs: number; errorNs: number | null } {
    return { offsetNs: this.#clock.offsetNs, errorNs: this.#clock.errorNs };
  }

  /** Microseconds since 1970 for a CLOCK_MONOTONIC moment. */
  wallUs(ns: number): number {
    return Math.round(ns / 1000 + this.#wallOffsetUs);
  }

  #newDecoder(): LineDecoder {
    return new LineDecoder({ record: (record) => this.#onRecord(record), fault: (line, why) => this.#gaps.fault(line, why) });
  }

  /** A record has arrived, perhaps out of order. */
  #onRecord(record: KernelRecord): void {
    if (record.type === 'counter') {
      const missing = this.#loss.counted(record.stream, record.key, record.count);
      if (missing !== null) this.#gaps.missing(missing);
      return;
    }
    if (record.type === 'lost') {
      this.#gaps.announced(record.count);
      return;
    }
    if (this.#clock.heard(record.ns, this.#nowNs)) this.#suspended();
    const ns = this.#clock.monotonic(record.ns);
    this.#heardNs = Math.max(this.#heardNs ?? 0, ns);
    if (record.type === 'heartbeat') {
      for (const gap of this.#gaps.look(ns)) this.#gap(gap);
      return;
    }
    this.#loss.arrived(record);
    if (record.type === 'state') {
      const bracket = this.#canary.onState(record);
      if (bracket !== null) this.#calibrate(bracket);
    }
    this.#order.push(record);
  }

  #onCanary(input: CanaryInput): void {
    const bracket = this.#canary.onCanary(input);
    if (bracket !== null) this.#calibrate(bracket);
  }

  /** A canary was seen coming through the kernel: hooks work, and the clock is placed. */
  #calibrate({ kernelNs, beforeNs, afterNs }: { kernelNs: number; beforeNs: number; afterNs: number }): void {
    if (this.#clock.bracket(kernelNs, beforeNs, afterNs)) this.#suspended();
    if (this.#phase === 'observing') return;
    if (this.#blindSinceNs !== null) {
      this.#gap({ cause: 'blind', lost: null, fromNs: this.#blindSinceNs, toNs: beforeNs, what: this.#reason });
    }
    this.#phase = 'observing';
    this.#reason = null;
    this.#blindSinceNs = null;
  }

  #suspended(): void {
    if (this.#phase !== 'observing') return;
    this.#gap({ cause: 'suspended', lost: 0, fromNs: this.#heardNs ?? this.#nowNs, toNs: this.#nowNs, what: 'CLOCK_BOOTTIME ran ahead' });
  }

  #onSkipped(total: number): void {
    const lost = total - this.#skipped;
    this.#skipped = total;
    if (lost > 0) this.#gap({ cause: 'skipped', lost, fromNs: this.#nowNs, toNs: this.#nowNs, what: 'programs not run: another was running' });
  }

  #down(reason: string): void {
    this.#decoder.end();
    this.#decoder = this.#newDecoder();
    this.#release(this.#order.flush());
    for (const missing of this.#loss.ended()) this.#gaps.missing(missing);
    for (const gap of this.#gaps.look(this.#nowNs, true)) this.#gap(gap);
    this.#witness.restart();
    this.#downs++;
    this.#reason = reason;
    if (this.#phase === 'observing') this.#blindSinceNs = this.#heardNs ?? this.#nowNs;
    if (this.#blindSinceNs !== null) this.#phase = 'blind';
  }

  #release(items: readonly Ordered[]): void {
    for (const item of items) {
      const ns = this.#clock.monotonic(item.ns);
      switch (item.type) {
        case 'state':
          this.#onState(item, ns);
          break;
        case 'retransmit': {
          const sock = item.synack ? null : this.#sockOf(item);
          if (sock !== null) sock.retransmits++;
          this.#events.push(retransmitEvent(this.#stamp(ns), item, sock));
          break;
        }
        case 'reset':
          this.#onReset(item, ns);
          break;
        case 'drop':
          this.#onDrop(item, ns);
          break;
        case 'socket-error':
          this.#onSocketError(item, ns);
          break;
        case 'neighbour':
          this.#onNeighbour(item, ns);
          break;
        case 'counters':
          this.#onCounters(item);
          break;
        case 'sockets':
          this.sockets.reconcile(item.netns, item.sockets.filter((sample) => sample.state !== 'TIME_WAIT'), item.fromNs);
          for (const gone of this.timeWait.reconcile(item.netns, item.sockets, item.fromNs)) this.#left(gone, ns, null);
          break;
      }
    }
  }

  #onState(record: StateRecord, ns: number): void {
    this.#witness.saw(record);
    const step = this.sockets.transition(record, ns);
    const { sock } = step;
    if (sock !== null && sock.probe === null && record.netns === this.#start.netns && this.#canary.owns(record)) sock.probe = 'canary';
    if (sock !== null && sock.key !== null && record.to !== 'CLOSE') this.#reused(sock, sock.key, ns);
    this.#events.push(stateEvent(this.#stamp(ns), record, step));
    const phase = leftBehind(record);
    if (phase === null || sock === null) return;
    const remnant = this.timeWait.enter(sock, phase, ns);
    if (phase === 'time-wait') this.#events.push(timeWaitEvent(this.#stamp(ns), remnant, 'enter', null));
  }

  /** A live socket holds a four-tuple that was in TIME_WAIT: it has been reused. */
  #reused(sock: Sock, key: string, ns: number): void {
    const remnant = this.timeWait.leave(key);
    if (remnant !== null) this.#left(remnant, ns, sock.id);
  }

  #onReset(record: ResetRecord, ns: number): void {
    const sock = this.#sockOf(record);
    this.#events.push(resetEvent(this.#stamp(ns), record, sock, this.#start.resetReasons));
    // FIN_WAIT2→CLOSE without a FIN and then an RST of its own: that was an abort, nothing was left behind.
    if (record.direction !== 'sent' || record.answers) return;
    const remnant = this.timeWait.get(tupleKey(record.netns ?? 0, record));
    if (remnant?.phase === 'fin-wait2') this.timeWait.leave(remnant.key);
  }

  #onDrop(record: DropRecord, ns: number): void {
    const reason = this.#start.dropReasons[record.reason];
    // How a mini-socket consumes a segment: no loss, but news of it.
    if (reason === 'NOT_SPECIFIED' && record.state === 'TIME_WAIT') {
      const remnant = this.timeWait.get(tupleKey(record.netns ?? 0, record));
      if (remnant === null) return;
      if ((record.segFlags & 4) !== 0) {
        this.timeWait.leave(remnant.key);
        this.#left(remnant, ns, null);
      } else if (this.timeWait.restart(remnant, (record.segFlags & 1) !== 0, ns)) {
        this.#events.push(timeWaitEvent(this.#stamp(ns), remnant, 'enter', null));
      }
      return;
    }
    this.#events.push(dropEvent(this.#stamp(ns), record, this.#sockOf(record), this.#start.dropReasons));
  }

  #onSocketError(record: SocketErrorRecord, ns: number): void {
    if (record.errno === 0) return;
    // The hook names no namespace: the four-tuple is looked for in the observer's own, and not guessed elsewhere.
    const sock = this.sockets.of(this.#start.netns, record);
    this.#events.push(socketErrorEvent(this.#stamp(ns), record, sock?.netns ?? null, sock));
  }

  #onNeighbour(record: NeighbourRecord, ns: number): void {
    const change = this.#neighbours.update(record);
    if (change === null) return;
    const { address, device } = record;
    this.#events.push({ kind: 'neighbour', ...this.#stamp(ns), address, device, ...change });
  }

  #onCounters(counters: CountersInput): void {
    if (counters.alive !== null) {
      const alive = new Set(counters.alive);
      this.sockets.keepNamespaces(alive);
      this.timeWait.keepNamespaces(alive);
      this.#witness.keepNamespaces(alive);
    }
    this.timeWait.witnessed(counters.netns, counters.timeWait, counters.atNs);
    if (this.#phase !== 'observing') return;
    for (const unseen of this.#witness.looked(counters, this.#loss.total + this.#skipped)) {
      this.#gap({ cause: 'unseen', lost: unseen.lost, fromNs: counters.atNs - 2e9, toNs: counters.atNs, what: unseen.what });
    }
  }

  #expire(): void {
    for (const remnant of this.timeWait.expire(this.#nowNs)) this.#left(remnant, this.#nowNs, null);
  }

  #left(remnant: Parameters<typeof timeWaitEvent>[1], ns: number, reusedBy: number | null): void {
    if (remnant.phase === 'time-wait') this.#events.push(timeWaitEvent(this.#stamp(ns), remnant, 'leave', reusedBy));
  }

  /** The socket a record is about: by pointer, else by four-tuple; it may tell the port that SYN_SENT did not know. */
  #sockOf(record: RetransmitRecord | ResetRecord | DropRecord): Sock | null {
    const sock = this.sockets.at(record.skaddr);
    if (sock !== null && sock.state !== 'LISTEN') {
      this.sockets.learn(sock, record);
      return sock;
    }
    return record.netns === null ? null : this.sockets.of(record.netns, record);
  }

  #gap(gap: Gap): void {
    this.#gaps.told(gap);
    const { cause, lost, fromNs, toNs, what } = gap;
    this.#events.push({ kind: 'gap', ...this.#stamp(toNs), cause, lost, shed: 0, fromNs, toNs, what });
  }

  #stamp(ns: number): Stamp {
    return { seq: ++this.#seq, ns, wallUs: this.wallUs(ns) };
  }
}
