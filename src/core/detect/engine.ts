import type { Event, FindingEvent, Stamp } from '../model/event.ts';
import type { SampleInput } from '../model/input.ts';
import { TCP_STATES, type TcpState } from '../model/tcp-state.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { NamespaceNames } from '../track/namespace-names.ts';
import type { OwnerBook } from '../track/owners.ts';
import { Blindness } from './blindness.ts';
import type { Detector, Observed, Transitions, World } from './detector.ts';
import { Findings } from './findings.ts';
import { DETECTORS } from './index.ts';
import { placed } from './placed.ts';
import { Settings } from './settings.ts';
import { StallWatch } from './stall-watch.ts';

export interface EngineOptions {
  readonly world: Omit<World, 'settings' | 'stalling'>;
  /** Who is meant by a pid, and where. */
  readonly owners: OwnerBook;
  readonly names: NamespaceNames;
  readonly thresholds: Thresholds;
  /** Numbers the next event. */
  stamp(ns: number): Stamp;
  /** Microseconds since 1970 for a CLOCK_MONOTONIC moment. */
  wallUs(ns: number): number;
  emit(event: FindingEvent): void;
}

/** Between two looks of the detectors at what time has changed, ns. */
const TICK_NS = 250e6;

/**
 * Runs every detector of the list over events, samples and time, in the order in which the core gives them. Pure: no clock and no chance, so a
 * replay finds the same.
 */
export class Engine {
  /** The kernel settings of each namespace. */
  readonly settings = new Settings();
  readonly #blindness = new Blindness();
  readonly #stalling: StallWatch;
  readonly #books: Findings[] = [];
  readonly #detectors: Detector[] = [];
  readonly #byKind = new Map<Event['kind'], Detector[]>();
  /** Who wants a transition, by the state that it leaves and the one that it enters: most are wanted by few, and asking all of them costs more than the rest. */
  readonly #byTransition: ReadonlyMap<TcpState, ReadonlyMap<TcpState, readonly Detector[]>>;
  readonly #leftOut: { readonly name: string; readonly book: Findings }[] = [];
  #tickedNs = Number.NEGATIVE_INFINITY;

  constructor({ world, thresholds, stamp, wallUs, emit, owners, names }: EngineOptions) {
    this.#stalling = new StallWatch(thresholds);
    const whole: World = { ...world, settings: this.settings, stalling: this.#stalling };
    for (const kind of DETECTORS) {
      const book = new Findings({
        detector: kind.name,
        blindness: this.#blindness,
        place: (told, sinceNs) => placed(told, sinceNs, owners, names),
        tell: (ns, finding) => {
          const at = stamp(ns);
          emit({ kind: 'finding', ...at, ...finding(at.seq, wallUs) });
        },
      });
      const detector = kind.make(book, whole, thresholds);
      this.#books.push(book);
      this.#leftOut.push({ name: kind.name, book });
      this.#detectors.push(detector);
      for (const wanted of detector.kinds ?? []) {
        const those = this.#byKind.get(wanted);
        if (those === undefined) this.#byKind.set(wanted, [detector]);
        else those.push(detector);
      }
    }
    this.#byTransition = byTransition(this.#byKind.get('state') ?? []);
  }

  /** One event, as the core has just told it. */
  event(event: Observed): void {
    if (event.kind === 'gap') this.#blindness.gap(event);
    else if (event.kind === 'tier') this.#blindness.tier(event);
    this.#stalling.event(event);
    const those = event.kind === 'state' ? this.#byTransition.get(event.from)?.get(event.to) : this.#byKind.get(event.kind);
    if (those === undefined) return;
    for (const detector of those) detector.onEvent?.(event);
  }

  sample(sample: SampleInput): void {
    if (sample.type === 'sysctls') this.settings.take(sample);
    this.#stalling.sample(sample);
    for (const detector of this.#detectors) detector.onSample?.(sample);
  }

  tick(ns: number): void {
    if (ns - this.#tickedNs < TICK_NS) return;
    this.#tickedNs = ns;
    this.#stalling.tick(ns);
    for (const detector of this.#detectors) detector.onTick?.(ns);
    for (const book of this.#books) book.tick(ns);
  }

  keepNamespaces(alive: ReadonlySet<number>): void {
    this.settings.keepNamespaces(alive);
    this.#stalling.keepNamespaces(alive);
    for (const detector of this.#detectors) detector.onNamespaces?.(alive);
  }

  /** Findings not opened because too many of their detector were, by detector. */
  get leftOut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#leftOut.map(({ name, book }) => [name, book.leftOut]));
  }
}

function byTransition(detectors: readonly Detector[]): Map<TcpState, Map<TcpState, readonly Detector[]>> {
  const wanting = (from: TcpState, to: TcpState): readonly Detector[] =>
    detectors.filter(({ transitions }) => wants(transitions, from, to));
  return new Map(TCP_STATES.map((from) => [from, new Map(TCP_STATES.map((to) => [to, wanting(from, to)]))]));
}

function wants(transitions: Transitions | undefined, from: TcpState, to: TcpState): boolean {
  return transitions === undefined || transitions.from?.includes(from) === true || transitions.to?.includes(to) === true;
}
