import type { CanaryJoin } from './correlate/canary.ts';
import { Chronicle, type Telling } from './correlate/chronicle.ts';
import { type KernelSight, ProbeJoin } from './correlate/probe-join.ts';
import type { Observed } from './detect/detector.ts';
import { Engine } from './detect/engine.ts';
import type { Event, Stamp } from './model/event.ts';
import type { CountersInput, DialledInput, ProbeInput, SampleInput, StartInput } from './model/input.ts';
import type { Thresholds } from './model/thresholds.ts';
import type { Gap } from './track/gaps.ts';

export interface StoryOptions {
  readonly start: StartInput;
  readonly canary: CanaryJoin;
  readonly maxSockets: number;
  readonly thresholds: Thresholds;
}

/**
 * What is told of what came in order: the chronicle's events, attempts joined with their sockets, and what the detectors make of it all.
 * Numbers the events and keeps them until they are taken.
 */
export class Story {
  readonly #chronicle: Chronicle;
  readonly #probes: ProbeJoin;
  readonly #engine: Engine;
  #events: Event[] = [];
  #seq = 0;
  #wallOffsetUs: number;

  constructor({ start, canary, maxSockets, thresholds }: StoryOptions) {
    this.#wallOffsetUs = start.wallUs - start.atNs / 1000;
    const telling = { start, stamp: (ns: number) => this.#stamp(ns), emit: (event: Observed) => this.#emit(event) };
    this.#probes = new ProbeJoin(telling);
    this.#chronicle = new Chronicle({ ...telling, canary, probes: this.#probes, maxSockets });
    this.#engine = new Engine({
      world: { start, sockets: this.sockets, timeWait: this.timeWait },
      owners: this.owners,
      names: this.names,
      thresholds,
      stamp: telling.stamp,
      wallUs: (ns) => this.wallUs(ns),
      emit: (event) => this.#events.push(event),
    });
  }

  get sockets(): Chronicle['sockets'] {
    return this.#chronicle.sockets;
  }

  get timeWait(): Chronicle['timeWait'] {
    return this.#chronicle.timeWait;
  }

  get owners(): Chronicle['owners'] {
    return this.#chronicle.owners;
  }

  get names(): Chronicle['names'] {
    return this.#chronicle.names;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Attempts that wait for their kernel side. */
  get waiting(): number {
    return this.#probes.waiting;
  }

  /** What the detectors know of settings, and how many findings they left out. */
  get detect(): Pick<Engine, 'settings' | 'leftOut'> {
    return this.#engine;
  }

  /** The clocks are compared anew: `wallUs` was at `atNs`. */
  setWall(atNs: number, wallUs: number): void {
    this.#wallOffsetUs = wallUs - atNs / 1000;
  }

  /** Microseconds since 1970 for a CLOCK_MONOTONIC moment. */
  wallUs(ns: number): number {
    return Math.round(ns / 1000 + this.#wallOffsetUs);
  }

  tell(record: Telling, ns: number): void {
    this.#chronicle.tell(record, ns);
  }

  gap({ cause, lost, shed = 0, fromNs, toNs, what, parts = [] }: Gap): void {
    this.#emit({ kind: 'gap', ...this.#stamp(toNs), cause, lost, shed, fromNs, toNs, what, parts });
  }

  /** One socket in `share` is told from `ns` on, where it was one in `before`. */
  tier(share: number, before: number, ns: number): void {
    this.sockets.partial(share > 1);
    this.#emit({ kind: 'tier', ...this.#stamp(ns), share, before });
  }

  dialled(input: DialledInput): void {
    this.#probes.dialled(input);
  }

  attempted(input: ProbeInput): void {
    this.#probes.attempted(input);
  }

  /** A sample; `ns` is when, by the clock that puts it in order. */
  sample(sample: SampleInput, ns: number): void {
    if (sample.type === 'counters') this.#onCounters(sample);
    else if (sample.type === 'sockets') this.#chronicle.reconcile(sample, ns);
    this.#engine.sample(sample);
  }

  /** Time has passed; `tick`: as much as a tick. `ended`: the kernel side has gone. */
  pass(sight: KernelSight, { tick, ended }: { readonly tick: boolean; readonly ended: boolean }): void {
    if (tick) this.#chronicle.expire(sight.nowNs);
    this.#probes.pass(sight, ended);
    if (tick) this.#engine.tick(sight.nowNs);
  }

  /** The events since the last time, in the order of their `seq`. */
  take(): readonly Event[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #onCounters({ alive, netns, timeWait, atNs }: CountersInput): void {
    if (alive !== null) {
      const those = new Set(alive);
      this.#engine.keepNamespaces(those);
      this.#chronicle.keepNamespaces(those);
    }
    this.timeWait.witnessed(netns, timeWait, atNs);
  }

  /** Everything but findings goes to the join and to the detectors too, in order. */
  #emit(event: Observed): void {
    this.#events.push(event);
    this.#probes.saw(event);
    this.#engine.event(event);
  }

  #stamp(ns: number): Stamp {
    return { seq: ++this.#seq, ns, wallUs: this.wallUs(ns) };
  }
}
