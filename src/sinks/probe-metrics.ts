import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Event, ProbeEvent } from '../core/model/event.ts';
import type { KeptProbe } from './kept-probe.ts';
import type { ProbeBoard } from './probe-board.ts';

/** Seconds: from loopback's tens of microseconds, over the grades' 50 and 200 ms, to a SYN sent again after 1 s and the longest time-out. */
const BUCKETS = [0.000_1, 0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 3, 10];
/** Seconds that connections live, and wait for their next use. */
const AGES = [0.01, 0.1, 1, 10, 60, 300, 3600, 86_400];

type Labels = 'target' | 'protocol';

/**
 * Prometheus metrics of probes. What carries a target's name is bounded by the configuration and is of its last attempt, or adds up; the
 * histograms are by protocol only.
 */
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
    ofTargets(registry, board);
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

/** Seconds by phase: what the drift has, and the look-up and the whole beside. */
function durations({ attempt: { moments }, drift }: ProbeEvent): [string, number][] {
  const { called, lookupStarted, lookupEnded, done } = moments;
  const found: [string, number][] = drift.phases.map(({ phase, applicationNs }) => [phase, applicationNs / 1e9]);
  if (lookupStarted !== null && lookupEnded !== null) found.unshift(['lookup', (lookupEnded - lookupStarted) / 1e9]);
  if (called !== null && done !== null) found.push(['total', (done - called) / 1e9]);
  return found;
}

/** Seconds by phase that the application measured beyond the kernel's own span. */
function drifts({ drift }: ProbeEvent): [string, number][] {
  return drift.phases.flatMap(({ phase, driftNs }) => (driftNs === null ? [] : [[phase, driftNs / 1e9] as [string, number]]));
}

function ofTargets(registry: Registry, board: ProbeBoard): void {
  const registers = [registry];
  const labelsOf = ({ target: { name, protocol } }: KeptProbe): Record<Labels, string> => ({ target: name, protocol });
  const gauge = <L extends string>(
    name: string,
    help: string,
    more: readonly L[],
    each: (probe: KeptProbe) => Iterable<[Record<L, string>, number]>,
  ): void => {
    new Gauge({
      name: `synoptic_probe_${name}`,
      help,
      labelNames: ['target', 'protocol', ...more],
      registers,
      collect() {
        this.reset();
        for (const probe of board.probes) for (const [labels, value] of each(probe)) this.set({ ...labelsOf(probe), ...labels }, value);
      },
    });
  };
  const counter = <L extends string>(
    name: string,
    help: string,
    more: readonly L[],
    each: (probe: KeptProbe) => Iterable<[Record<L, string>, number]>,
  ): void => {
    new Counter({
      name: `synoptic_probe_${name}`,
      help,
      labelNames: ['target', 'protocol', ...more],
      registers,
      collect() {
        this.reset();
        for (const probe of board.probes) for (const [labels, value] of each(probe)) this.inc({ ...labelsOf(probe), ...labels }, value);
      },
    });
  };
  const phased = (list: [string, number][]) => list.map(([phase, value]): [Record<'phase', string>, number] => [{ phase }, value]);
  const sum = (name: string, help: string, value: (counts: KeptProbe['counts']) => number): void =>
    counter(name, help, [], ({ counts }) => [[{}, value(counts)]]);
  gauge('up', '1 where the last attempt was alive, 0 where not; absent before the first', [], ({ last }) =>
    last === null ? [] : [[{}, last.verdict.alive ? 1 : 0]],
  );
  gauge('duration_seconds', 'Phases of the last attempt, as the application sees them', ['phase'], ({ last }) =>
    last === null ? [] : phased(durations(last)),
  );
  gauge('drift_seconds', 'What the application measured beyond the kernel’s own span of the phase, last attempt', ['phase'], ({ last }) =>
    last === null ? [] : phased(drifts(last)),
  );
  sum('attempts_total', 'Attempts', ({ attempts }) => attempts);
  counter('failures_total', 'Attempts that were not alive, by cause', ['cause'], ({ causes }) =>
    [...causes].map(([cause, count]): [Record<'cause', string>, number] => [{ cause }, count]),
  );
  sum('syn_retransmits_total', 'SYNs of probes that the kernel had to send again', ({ synRetransmits }) => synRetransmits);
  sum('connections_opened_total', 'Connections of probes that were established', ({ opened }) => opened);
  sum('connections_reused_total', 'Attempts on a pooled connection that was there before', ({ reused }) => reused);
  sum('connections_closed_total', 'Connections of probes that were closed', ({ closed }) => closed);
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
  const counter = (name: string, help: string, value: () => number): void => {
    new Counter({
      name: `synoptic_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  counter('prober_deaths_total', 'Times that the probing thread ended by itself', () => board.status.deaths);
  counter(
    'prober_untold_attempts_total',
    'Attempts made and not told, because the observing thread was too busy',
    () => board.status.untold,
  );
}
