import { CanaryJoin } from './correlate/canary.ts';
import { Chronicle, type Telling } from './correlate/chronicle.ts';
import { LineDecoder } from './decode/index.ts';
import type { Event, Stamp } from './model/event.ts';
import type { CanaryInput, CountersInput, Input, KernelUpInput, SocketsInput, StartInput } from './model/input.ts';
import type { CounterRecord, KernelRecord, LostRecord, TierRecord } from './model/record.ts';
import { Clock, sleepInWords } from './track/clock.ts';
import { type Gap, GapBook } from './track/gaps.ts';
import { LossAccount } from './track/loss.ts';
import { HOLD_MS, OrderBuffer } from './track/order.ts';
import { Sight, type Standing } from './track/sight.ts';
import { Skips } from './track/skips.ts';
import { Witness } from './track/witness.ts';

/** What waits to be put in order: records, and samples that must be held against exactly what came before them. */
type Ordered = Telling | TierRecord | (CountersInput & { readonly ns: number }) | (SocketsInput & { readonly ns: number });

export interface PipelineOptions {
  /** Sockets tracked at most. */
  readonly maxSockets: number;
  /** How long records wait for those of other CPUs at least, ms. @default HOLD_MS */
  readonly holdMs?: number;
}

/**
 * The whole core: Inputs in, Events out. Pure: no I/O, no clock, no chance; the same Inputs give the same Events, whoever feeds them.
 */
export class Pipeline {
  readonly #clock = new Clock();
  readonly #order: OrderBuffer<Ordered>;
  readonly #loss = new LossAccount();
  readonly #gaps = new GapBook();
  readonly #witness = new Witness();
  readonly #canary: CanaryJoin;
  readonly #chronicle: Chronicle;
  #decoder: LineDecoder;
  #events: Event[] = [];
  #seq = 0;
  #wallOffsetUs = 0;
  #nowNs = 0;
  readonly #sight = new Sight();
  #up: KernelUpInput | null = null;
  readonly #skips = new Skips();
  /** One socket in so many is told. */
  #share = 1;
  #linesBefore = 0;
  /** When the in-kernel counters were last read. */
  #countedNs = 0;

  constructor(start: StartInput, options: PipelineOptions) {
    this.#order = new OrderBuffer((options.holdMs ?? HOLD_MS) * 1e6);
    this.#canary = new CanaryJoin(start);
    this.#chronicle = new Chronicle({
      start,
      canary: this.#canary,
      maxSockets: options.maxSockets,
      stamp: (ns) => this.#stamp(ns),
      emit: (event) => this.#events.push(event),
    });
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
        this.#skips.restart(input.atNs, input.running);
        this.#loss.begin(input.running === true);
        this.#stepTo(1, input.atNs);
        this.#order.restart();
        this.#canary.restart();
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
        this.#told(this.#skips.read(input.total, input.atNs));
        break;
      case 'canary':
        this.#onCanary(input);
        break;
      case 'counters':
      case 'sockets':
        this.#pushSample(input);
        break;
      case 'unsampled':
        this.#gap({ cause: 'unsampled', lost: null, fromNs: input.atNs, toNs: input.atNs, what: input.why });
        break;
      case 'tick':
        this.#wallOffsetUs = input.wallUs - input.atNs / 1000;
        break;
    }
    this.#release(this.#order.release(this.#nowNs + this.#clock.offsetNs));
    if (input.type === 'tick') this.#chronicle.expire(this.#nowNs);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** The sockets that live now. */
  get sockets(): Chronicle['sockets'] {
    return this.#chronicle.sockets;
  }

  /** The four-tuples in TIME_WAIT. */
  get timeWait(): Chronicle['timeWait'] {
    return this.#chronicle.timeWait;
  }

  get seq(): number {
    return this.#seq;
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  /** How the observation stands, for those who must say whether the picture is whole. */
  get state(): Standing {
    return {
      phase: this.#sight.phase,
      reason: this.#sight.reason,
      version: this.#up?.version ?? null,
      hooks: this.#up?.hooks ?? [],
      heardNs: this.#sight.heardNs,
      downs: this.#sight.downs,
      late: this.#order.late,
      share: this.#share,
      blindForNs: this.#sight.blindForNs(this.#nowNs),
    };
  }

  /** Lines of bpftrace's output read so far. */
  get lines(): number {
    return this.#linesBefore + this.#decoder.lines;
  }

  /** Records that wait to be put in order, and for how long one waits now. */
  get waiting(): { records: number; holdNs: number } {
    return { records: this.#order.size, holdNs: this.#order.holdNs };
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
    if (record.type === 'counter') this.#onCounter(record);
    else if (record.type === 'lost') this.#gaps.announced(record.count);
    else this.#onStamped(record);
  }

  #onStamped(record: Exclude<KernelRecord, CounterRecord | LostRecord>): void {
    const offsetNs = this.#clock.offsetNs;
    if (this.#clock.heard(record.ns, this.#nowNs)) this.#suspended(offsetNs);
    const ns = this.#clock.monotonic(record.ns);
    this.#sight.heard(ns);
    if (record.type === 'heartbeat') {
      for (const gap of this.#gaps.look(ns)) this.#gap(gap);
      return;
    }
    if (record.type !== 'tier') this.#loss.arrived(record);
    if (record.type === 'state') {
      const bracket = this.#canary.onState(record);
      if (bracket !== null) this.#calibrate(bracket);
    }
    this.#order.push(record, this.#nowNs + this.#clock.offsetNs);
  }

  #pushSample(input: CountersInput | SocketsInput): void {
    const ns = input.atNs + this.#clock.offsetNs;
    this.#order.push({ ...input, ns }, ns);
  }

  #onCounter({ stream, key, count, shed }: CounterRecord): void {
    const missing = shed ? this.#loss.shedding(stream, key, count) : this.#loss.counted(stream, key, count);
    this.#countedNs = this.#nowNs;
    if (missing === null) return;
    if (shed) this.#gaps.shed(missing);
    else this.#gaps.missing(missing);
  }

  /** The kernel side tells one socket in `share` from `ns` on. */
  #stepTo(share: number, ns: number): void {
    const before = this.#share;
    if (share === before) return;
    this.#share = share;
    // What was shed cannot be told apart by namespace: the witness begins anew once nothing is.
    this.#witness.restart();
    this.#chronicle.sockets.partial(share > 1);
    this.#events.push({ kind: 'tier', ...this.#stamp(ns), share, before });
  }

  #onCanary(input: CanaryInput): void {
    const bracket = this.#canary.onCanary(input);
    if (bracket !== null) this.#calibrate(bracket);
  }

  /** A canary was seen coming through the kernel: hooks work, and the clock is placed. */
  #calibrate({ kernelNs, beforeNs, afterNs }: { kernelNs: number; beforeNs: number; afterNs: number }): void {
    const offsetNs = this.#clock.offsetNs;
    if (this.#clock.bracket(kernelNs, beforeNs, afterNs)) this.#suspended(offsetNs);
    this.#told(this.#sight.seen(beforeNs));
  }

  /** What was waiting happened before the sleep, by the clock as it was then. */
  #suspended(offsetNs: number): void {
    this.#release(this.#order.flush(), offsetNs);
    if (this.#sight.phase !== 'observing') return;
    const what = sleepInWords(this.#clock.offsetNs - offsetNs);
    this.#gap({ cause: 'suspended', lost: 0, fromNs: this.#sight.heardNs ?? this.#nowNs, toNs: this.#nowNs, what });
  }

  #down(reason: string): void {
    this.#decoder.end();
    this.#linesBefore += this.#decoder.lines;
    this.#decoder = this.#newDecoder();
    this.#release(this.#order.flush());
    for (const missing of this.#loss.ended()) this.#gaps.missing(missing);
    for (const gap of this.#gaps.look(this.#nowNs, true)) this.#gap(gap);
    this.#witness.restart();
    this.#canary.restart();
    // What was shed since the counters were last read is known to nobody.
    this.#told(this.#sight.down(reason, this.#nowNs, this.#share > 1 ? this.#countedNs : null));
  }

  #release(items: readonly Ordered[], offsetNs = this.#clock.offsetNs): void {
    for (const item of items) {
      const ns = item.ns - offsetNs;
      if (item.type === 'counters') this.#onCounters(item);
      else if (item.type === 'sockets') this.#chronicle.reconcile(item, ns);
      else if (item.type === 'tier') this.#stepTo(item.share, ns);
      else {
        if (item.type === 'state') this.#witness.saw(item);
        this.#chronicle.tell(item, ns);
      }
    }
  }

  #onCounters(counters: CountersInput): void {
    if (counters.alive !== null) {
      const alive = new Set(counters.alive);
      this.#chronicle.keepNamespaces(alive);
      this.#witness.keepNamespaces(alive);
    }
    this.timeWait.witnessed(counters.netns, counters.timeWait, counters.atNs);
    if (this.#sight.phase !== 'observing' || this.#share > 1) return;
    const explained = { lost: (key: number) => this.#loss.lost('state', key), skipped: this.#skips.total };
    for (const unseen of this.#witness.looked(counters, explained)) {
      this.#gap({ cause: 'unseen', toNs: counters.atNs, ...unseen });
    }
  }

  #told(gap: Gap | null): void {
    if (gap !== null) this.#gap(gap);
  }

  #gap(gap: Gap): void {
    this.#gaps.told(gap);
    const { cause, lost, shed = 0, fromNs, toNs, what, parts = [] } = gap;
    this.#events.push({ kind: 'gap', ...this.#stamp(toNs), cause, lost, shed, fromNs, toNs, what, parts });
  }

  #stamp(ns: number): Stamp {
    return { seq: ++this.#seq, ns, wallUs: this.wallUs(ns) };
  }
}
