import type { Event, FindingEvent, ProbeEvent } from '../../core/model/event.ts';
import type { Health } from '../../core/model/probe.ts';
import { type EventWire, wireOf } from '../../formats/event.ts';
import { type ProbeWire, probeWireOf } from '../../formats/probe.ts';
import { Bins } from './bins.ts';

/** Lines of the time line at most; what is beyond is counted. */
const MOST_LINES = 400;
/** Targets told one by one at most. */
const MOST_TARGETS = 200;

/** What is drawn, by kind of event. */
export const CHARTED = ['state', 'retransmit', 'reset', 'drop', 'socket-error'] as const;

/** One finding from its first word to its last. */
export interface ToldFinding {
  readonly first: FindingEvent;
  /** The last that was said of it before it was over, or at all. */
  readonly last: FindingEvent;
  /** Null where it was open when the capture ended. */
  readonly resolved: FindingEvent | null;
}

export interface ToldProbe {
  attempts: number;
  failed: number;
  /** Of its attempts the one that failed first or, where none did, took longest. */
  worst: ProbeEvent;
  health: Health;
}

/** What a report needs of a capture's events, in memory that does not grow with them. */
export class Gathered {
  readonly #host: string;
  readonly #fromUs: number;
  readonly bins: Readonly<Record<(typeof CHARTED)[number], Bins>>;
  readonly findings = new Map<string, ToldFinding>();
  readonly probes = new Map<string, ToldProbe>();
  readonly lines: EventWire[] = [];
  readonly gaps = new Map<string, number>();
  linesLeftOut = 0;
  targetsLeftOut = 0;
  events = 0;
  toUs: number;

  constructor(host: string, fromUs: number) {
    this.#host = host;
    this.#fromUs = fromUs;
    this.toUs = fromUs;
    const bins = (): Bins => new Bins(fromUs);
    this.bins = { state: bins(), retransmit: bins(), reset: bins(), drop: bins(), 'socket-error': bins() };
  }

  get fromUs(): number {
    return this.#fromUs;
  }

  accept(event: Event): void {
    this.events++;
    this.toUs = Math.max(this.toUs, event.wallUs);
    switch (event.kind) {
      case 'time-wait':
        return;
      case 'finding':
        this.#finding(event);
        return;
      case 'probe':
        this.#probe(event);
        return;
      case 'gap':
        this.gaps.set(event.cause, (this.gaps.get(event.cause) ?? 0) + 1);
        this.#line(event);
        return;
      case 'tier':
      case 'neighbour':
        this.#line(event);
        return;
      default:
        this.bins[event.kind].add(event.wallUs);
    }
  }

  /** The capture ends: all charts end together. */
  end(): void {
    for (const bins of Object.values(this.bins)) bins.reach(this.toUs);
  }

  wireOfProbe(event: ProbeEvent): ProbeWire {
    return probeWireOf(event, this.#host);
  }

  #finding(event: FindingEvent): void {
    const known = this.findings.get(event.id);
    if (event.phase === 'resolved')
      this.findings.set(event.id, { first: known?.first ?? event, last: known?.last ?? event, resolved: event });
    else this.findings.set(event.id, { first: known?.first ?? event, last: event, resolved: null });
    // Of updates only those that say more than figures.
    if (event.phase !== 'update' || known?.last.severity !== event.severity) this.#line(event);
  }

  #probe(event: ProbeEvent): void {
    if (event.update !== null) return;
    const { target } = event.attempt;
    const { health } = event.standing;
    const failed = !event.verdict.alive;
    const known = this.probes.get(target);
    if (known === undefined) {
      if (this.probes.size >= MOST_TARGETS) this.targetsLeftOut++;
      else this.probes.set(target, { attempts: 1, failed: Number(failed), worst: event, health });
      if (failed) this.#line(event);
      return;
    }
    known.attempts++;
    known.failed += Number(failed);
    if (isWorse(event, known.worst)) known.worst = event;
    if (known.health !== health || event.verdict.mismatch !== null) this.#line(event);
    known.health = health;
  }

  #line(event: Event): void {
    if (this.lines.length < MOST_LINES) this.lines.push(wireOf(event, this.#host));
    else this.linesLeftOut++;
  }
}

function isWorse(a: ProbeEvent, b: ProbeEvent): boolean {
  const [failedA, failedB] = [!a.verdict.alive, !b.verdict.alive];
  if (failedA !== failedB) return failedA;
  return !failedA && tookNs(a) > tookNs(b);
}

function tookNs({ attempt: { moments } }: ProbeEvent): number {
  return (moments.done ?? moments.closed ?? 0) - (moments.called ?? 0);
}
