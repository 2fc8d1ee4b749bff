import { type Bracket, CanaryJoin } from './correlate/canary.ts';
import type { Telling } from './correlate/chronicle.ts';
import { LineDecoder } from './decode/index.ts';
import type { Event } from './model/event.ts';
import {
  type CountersInput,
  type Input,
  isSample,
  type KernelDownInput,
  type KernelUpInput,
  type ProbeInput,
  type SampleInput,
  type StartInput,
} from './model/input.ts';
import { READING_BYTES, TURN_MS } from './model/reading.ts';
import type { CounterRecord, KernelRecord, LostRecord, TierRecord, TurnRecord } from './model/record.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './model/thresholds.ts';
import { Story } from './story.ts';
import { Clock, sleepInWords } from './track/clock.ts';
import type { Gap, GapBook } from './track/gaps.ts';
import { HOLD_MS, OrderBuffer } from './track/order.ts';
import { Reckoning } from './track/reckoning.ts';
import { Sight, type Standing } from './track/sight.ts';

/** What waits to be put in order: records, and samples and attempts that must be held against exactly what came before them. */
type Ordered = Telling | TierRecord | ((SampleInput | ProbeInput) & { readonly ns: number });

export interface PipelineOptions {
  /** Sockets tracked at most. */
  readonly maxSockets: number;
  /** How long records wait for those of other CPUs at least, ms. @default HOLD_MS */
  readonly holdMs?: number;
  /** @default DEFAULT_THRESHOLDS */
  readonly thresholds?: Thresholds;
}

/**
 * The whole core: Inputs in, Events out. Pure: no I/O, no clock, no chance; the same Inputs give the same Events, whoever feeds them.
 */
export class Pipeline {
  readonly #clock = new Clock();
  readonly #order: OrderBuffer<Ordered>;
  readonly #reckoning: Reckoning;
  readonly #canary: CanaryJoin;
  readonly #story: Story;
  #decoder: LineDecoder;
  #nowNs = 0;
  readonly #sight = new Sight();
  #up: KernelUpInput | null = null;
  /** One socket in so many is told. */
  #share = 1;
  #linesBefore = 0;

  constructor(start: StartInput, options: PipelineOptions) {
    const isOwn = (item: Ordered) => item.type === 'probe' || isSample(item);
    this.#order = new OrderBuffer({ holdNs: (options.holdMs ?? HOLD_MS) * 1e6, turnNs: TURN_MS * 1e6, isOwn });
    this.#canary = new CanaryJoin(start);
    const { maxSockets, thresholds = DEFAULT_THRESHOLDS } = options;
    this.#story = new Story({ start, canary: this.#canary, maxSockets, thresholds });
    this.#reckoning = new Reckoning(this.sockets.breaks);
    this.#decoder = this.#newDecoder();
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
        this.#reckoning.begin(input);
        this.#stepTo(1, input.atNs);
        this.#order.restart();
        this.#canary.restart();
        break;
      case 'kernel':
        this.#order.read(this.#nowNs + this.#clock.offsetNs, input.text.length < READING_BYTES);
        this.#decoder.write(input.text);
        break;
      case 'kernel-down':
        this.#down(input);
        break;
      case 'lost':
        this.#reckoning.gaps.announced(input.count);
        break;
      case 'skipped':
        // What waited is told before: it may prove what was skipped.
        this.#release();
        for (const gap of this.#reckoning.skipped(input, this.#order.late)) this.#gap(gap);
        break;
      case 'canary':
        this.#calibrate(this.#canary.onCanary(input));
        break;
      case 'dialled':
        this.#story.dialled(input);
        break;
      case 'counters':
      case 'sockets':
      case 'probe':
      case 'queues':
      case 'sysctls':
        this.#pushSample(input);
        break;
      case 'unsampled':
        this.#gap({ cause: 'unsampled', lost: null, fromNs: input.atNs, toNs: input.atNs, what: input.why });
        break;
      // Not held back: told to what waits, and to what comes.
      case 'owners':
        this.#story.owners.take(input);
        break;
      case 'namespaces':
        this.#story.names.take(input);
        break;
      case 'tick':
        this.#story.setWall(input.atNs, input.wallUs);
        break;
    }
    // Processes that were named are looked at before they are told.
    if (!this.#story.owners.isAwaited(this.#nowNs)) this.#release();
    const sight = { nowNs: this.#nowNs, errorNs: this.#clock.errorNs, blind: this.#sight.blindness };
    this.#story.pass(sight, { tick: input.type === 'tick', ended: input.type === 'kernel-down' });
    return this.#story.take();
  }

  /** The sockets that live now. */
  get sockets(): Story['sockets'] {
    return this.#story.sockets;
  }

  /** The four-tuples in TIME_WAIT. */
  get timeWait(): Story['timeWait'] {
    return this.#story.timeWait;
  }

  /** Who has which pid, and what should be looked at to know it. */
  get owners(): Story['owners'] {
    return this.#story.owners;
  }

  /** What network namespaces are called. */
  get names(): Story['names'] {
    return this.#story.names;
  }

  get seq(): number {
    return this.#story.seq;
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  /** How the observation stands, for those who must say whether the picture is whole. */
  get state(): Standing {
    const { version = null, hooks = [] } = this.#up ?? {};
    return { ...this.#sight.at(this.#nowNs), version, hooks, late: this.#order.late, share: this.#share };
  }

  /** What the detectors know of settings, and how many findings they left out. */
  get detect(): Story['detect'] {
    return this.#story.detect;
  }

  /** Lines of bpftrace's output read so far. */
  get lines(): number {
    return this.#linesBefore + this.#decoder.lines;
  }

  /** What waits to be put in order, or for its kernel side, for how long a record waits now, and when the oldest leaves though nothing comes. */
  get waiting(): { records: number; holdNs: number; dueNs: number | null } {
    const { size, holdNs, dueNs } = this.#order;
    return { records: size + this.#story.waiting, holdNs, dueNs: dueNs === null ? null : dueNs - this.#clock.offsetNs };
  }

  get gapTotals(): GapBook['totals'] {
    return this.#reckoning.gaps.totals;
  }

  get clock(): { offsetNs: number; errorNs: number | null } {
    return { offsetNs: this.#clock.offsetNs, errorNs: this.#clock.errorNs };
  }

  /** Microseconds since 1970 for a CLOCK_MONOTONIC moment. */
  wallUs(ns: number): number {
    return this.#story.wallUs(ns);
  }

  #newDecoder(): LineDecoder {
    return new LineDecoder({ record: (record) => this.#onRecord(record), fault: (line, why) => this.#reckoning.gaps.fault(line, why) });
  }

  /** A record has arrived, perhaps out of order. */
  #onRecord(record: KernelRecord): void {
    if (record.type === 'counter') this.#reckoning.counter(record, this.#nowNs);
    else if (record.type === 'lost') this.#reckoning.gaps.announced(record.count);
    else if (record.type === 'turn') this.#order.turned(record.ns);
    else this.#onStamped(record);
  }

  #onStamped(record: Exclude<KernelRecord, CounterRecord | LostRecord | TurnRecord>): void {
    const offsetNs = this.#clock.offsetNs;
    if (this.#clock.heard(record.ns, this.#nowNs)) this.#suspended(offsetNs);
    const ns = this.#clock.monotonic(record.ns);
    this.#sight.heard(ns);
    if (record.type === 'heartbeat') {
      for (const gap of this.#reckoning.look(ns, this.#nowNs)) this.#gap(gap);
      return;
    }
    const arrivedNs = this.#nowNs + this.#clock.offsetNs;
    // Said at each step, and again with the maps, which a quiet machine sends off with the next heartbeat.
    if (record.type === 'tier') {
      this.#order.repeat(record, arrivedNs);
      return;
    }
    this.#reckoning.loss.arrived(record);
    if (record.type === 'state') {
      if (record.pid !== null) this.#story.owners.met(record.pid);
      this.#calibrate(this.#canary.onState(record, this.#nowNs));
    }
    this.#order.push(record, arrivedNs);
  }

  #pushSample(input: SampleInput | ProbeInput): void {
    if (input.type === 'sockets')
      for (const { pid, owner } of input.sockets) if (pid !== null && owner === undefined) this.#story.owners.met(pid);
    this.#order.place({ ...input, ns: input.atNs + this.#clock.offsetNs });
  }

  /** The kernel side tells one socket in `share` from `ns` on. */
  #stepTo(share: number, ns: number): void {
    const before = this.#share;
    if (share === before) return;
    this.#share = share;
    // What was shed cannot be told apart by namespace: the witness begins anew once nothing is.
    this.#reckoning.resume(ns);
    this.#story.tier(share, before, ns);
  }

  /** A canary was seen coming through the kernel: hooks work, and the clock is placed. */
  #calibrate(bracket: Bracket | null): void {
    if (bracket === null) return;
    const { kernelNs, beforeNs, afterNs } = bracket;
    const offsetNs = this.#clock.offsetNs;
    if (this.#clock.bracket(kernelNs, beforeNs, afterNs)) this.#suspended(offsetNs);
    if (this.#sight.phase !== 'observing') this.#reckoning.resume(beforeNs);
    this.#gap(this.#sight.seen(beforeNs));
  }

  /** What was waiting happened before the sleep, by the clock as it was then. */
  #suspended(offsetNs: number): void {
    this.#release(this.#order.flush(), offsetNs);
    if (this.#sight.phase !== 'observing') return;
    const what = sleepInWords(this.#clock.offsetNs - offsetNs);
    this.#gap({ cause: 'suspended', lost: 0, fromNs: this.#sight.heardNs ?? this.#nowNs, toNs: this.#nowNs, what });
  }

  #down({ reason, asked }: KernelDownInput): void {
    this.#decoder.end();
    this.#linesBefore += this.#decoder.lines;
    this.#decoder = this.#newDecoder();
    this.#release(this.#order.flush());
    for (const gap of this.#reckoning.ended(this.#nowNs, asked === true, this.#order.late)) this.#gap(gap);
    this.#canary.restart();
    // What was shed since the counters were last read is known to nobody.
    this.#gap(this.#sight.down(reason, this.#nowNs, this.#share > 1 ? this.#reckoning.countedNs : null));
  }

  #release(items: readonly Ordered[] = this.#order.release(this.#nowNs + this.#clock.offsetNs), offsetNs = this.#clock.offsetNs): void {
    for (const item of items) {
      const ns = item.ns - offsetNs;
      if (item.type === 'probe') this.#story.attempted(item);
      else if (isSample(item)) this.#onSample(item, ns);
      else if (item.type === 'tier') this.#stepTo(item.share, ns);
      else {
        if (item.type === 'state') this.#reckoning.saw(item, ns);
        this.#story.tell(item, ns);
      }
    }
  }

  #onSample(sample: SampleInput, ns: number): void {
    // A gap that the sample witnesses is told before anybody judges by the sample.
    if (sample.type === 'counters') this.#onCounters(sample);
    this.#story.sample(sample, ns);
  }

  #onCounters(counters: CountersInput): void {
    if (counters.alive !== null) this.#reckoning.keepNamespaces(new Set(counters.alive));
    if (this.#sight.phase !== 'observing' || this.#share > 1) return;
    for (const gap of this.#reckoning.witnessed(counters)) this.#gap(gap);
  }

  #gap(gap: Gap | null): void {
    if (gap === null) return;
    this.#reckoning.gaps.told(gap);
    this.#story.gap(gap);
  }
}
