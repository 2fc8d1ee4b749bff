import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Event, ProbeEvent } from '../core/model/event.ts';
import type { ProbeBoard } from './probe-board.ts';
import { durations } from './probe-series.ts';
import { readCounter } from './read-counter.ts';

/** Seconds: from loopback's tens of microseconds, over the grades' 50 and 200 ms, to a SYN sent again after 1 s and the longest time-out. */
const BUCKETS = [0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 3, 10];
/** Seconds that connections live, and wait for their next use. */
const AGES = [0.01, 0.1, 1, 10, 60, 300, 3600, 86_400];

/** Prometheus metrics of all probes together, by protocol at most; those that bear a target's name are in probe-series.ts. */
export class ProbeMetrics {
  readonly #phases: Histogram<'protocol' | 'phase'>;
  readonly #late: Histogram;
  readonly #idle: Histogram<'protocol'>;
  readonly #age: Histogram<'protocol'>;
  /** When a pooled connection was last used, by target. */
  readonly #usedNs = new Map<string, number>();

  constructor(registry: Registry, board: ProbeBoard) {
    const registers = [registry];
    const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]): Histogram<L> =>
      new Histogram({ name: `synoptic_probe_${name}`, help, labelNames, buckets, registers });
    this.#phases = histogram('phase_seconds', 'Phases of attempts, as the application sees them', ['protocol', 'phase'], BUCKETS);
    this.#late = histogram('start_delay_seconds', 'How much later than planned attempts started', [], BUCKETS);
    this.#idle = histogram(
      'connection_idle_seconds',
      'How long a pooled connection had been idle when it was used again',
      ['protocol'],
      AGES,
    );
    this.#age = histogram(
      'connection_age_seconds',
      'How long connections of probes had been open when they were closed',
      ['protocol'],
      AGES,
    );
    ofProber(registry, board);
  }

  accept(events: readonly Event[]): void {
    for (const event of events) if (event.kind === 'probe' && event.update === null) this.#observe(event);
  }

  #observe(event: ProbeEvent): void {
    const { target, protocol, moments, pooled, plannedNs } = event.attempt;
    for (const [phase, seconds] of durations(event)) this.#phases.observe({ protocol, phase }, seconds);
    if (moments.called !== null) this.#late.observe(Math.max(0, moments.called - plannedNs) / 1e9);
    const openedNs = pooled?.openedNs ?? moments.connected;
    if (openedNs !== null && moments.closed !== null) this.#age.observe({ protocol }, (moments.closed - openedNs) / 1e9);
    if (pooled === null) return;
    const usedNs = this.#usedNs.get(target);
    if (pooled.reused && usedNs !== undefined && moments.called !== null) this.#idle.observe({ protocol }, (moments.called - usedNs) / 1e9);
    if (moments.done !== null) this.#usedNs.set(target, moments.done);
  }
}

function ofProber(registry: Registry, board: ProbeBoard): void {
  const registers = [registry];
  new Gauge({
    name: 'synoptic_probe_targets',
    help: 'Targets by health',
    labelNames: ['health'],
    registers,
    collect() {
      for (const [health, count] of Object.entries(board.status.byHealth)) this.set({ health }, count);
    },
  });
  readCounter(registers, 'prober_deaths_total', 'Times that the probing thread ended by itself', () => board.status.deaths);
  readCounter(
    registers,
    'prober_untold_attempts_total',
    'Attempts made and not told, because the observing thread was too busy',
    () => board.status.untold,
  );
}
