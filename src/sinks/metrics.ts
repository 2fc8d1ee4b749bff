import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { EVENT_KINDS, type Event, type GapCause, type StateEvent } from '../core/model/event.ts';
import { TCP_STATES } from '../core/model/tcp-state.ts';
import type { LiveSink } from './live.ts';
import type { Observation } from './observation.ts';
import { observerMetrics } from './observer-metrics.ts';

export interface MetricsOptions {
  readonly observation: Observation;
  readonly live: LiveSink;
  /** Milliseconds since 1970; for the age of the last record. */
  readonly now?: () => number;
}

/** A gap of each cause is 0, not absent, before the first: an alert on its increase must see the first one too. */
const CAUSES = Object.keys({
  'buffer-full': 0,
  unaccounted: 0,
  skipped: 0,
  unseen: 0,
  blind: 0,
  undecodable: 0,
  suspended: 0,
  unsampled: 0,
  shed: 0,
  'slow-reader': 0,
} satisfies Record<GapCause, 0>);

/**
 * prom-client watches the event loop, too: 100 times a second, for 0.002 of a core, and calls its own resolution a lag. Ours is
 * `synoptic_ingest_delay_seconds`; its is slowed down and left out.
 */
const LAG = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];
const UNUSED_PRECISION_MS = 60_000;

/**
 * Prometheus metrics, in a registry of their own. Labels have few values each: never an address or a port. What the observation itself
 * counts is asked for when somebody scrapes; a figure that is not known is NaN, so that it differs from 0.
 */
export class MetricsSink {
  readonly registry = new Registry();
  readonly #events: Counter<'kind'>;
  readonly #transitions: Counter<'from' | 'to'>;
  readonly #gaps: Counter<'cause'>;
  readonly #lost: Counter;
  readonly #shed: Counter;

  constructor({ observation, live, now = Date.now }: MetricsOptions) {
    const registers = [this.registry];
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name: `synoptic_${name}`, help, labelNames, registers });
    this.#events = counter('events_total', 'Events, by kind', ['kind']);
    this.#transitions = counter('transitions_total', 'TCP state changes, by both states', ['from', 'to']);
    this.#gaps = counter('gaps_total', 'Known losses of records, by cause', ['cause']);
    this.#lost = counter('lost_records_total', 'Records known lost, where their number is known', []);
    this.#shed = counter('shed_records_total', 'State changes counted and not told one by one, on purpose', []);
    for (const kind of EVENT_KINDS) this.#events.inc({ kind }, 0);
    for (const cause of CAUSES) this.#gaps.inc({ cause }, 0);
    this.#observe(observation, now);
    this.#watch(live);
    observerMetrics(this.registry, () => observation.status().observer);
    collectDefaultMetrics({ register: this.registry, prefix: 'synoptic_', eventLoopMonitoringPrecision: UNUSED_PRECISION_MS });
    for (const name of LAG) this.registry.removeSingleMetric(`synoptic_nodejs_eventloop_lag_${name}_seconds`);
  }

  accept(events: readonly Event[]): void {
    for (const event of events) {
      this.#events.inc({ kind: event.kind });
      if (event.kind === 'state') this.#transitions.inc(transition(event));
      if (event.kind === 'gap') {
        this.#gaps.inc({ cause: event.cause });
        this.#lost.inc(event.lost ?? 0);
        this.#shed.inc(event.shed);
      }
    }
  }

  #observe(observation: Observation, now: () => number): void {
    const gauge = (name: string, help: string, value: () => number): void => this.#gauge(name, help, value);
    const { registry } = this;
    new Gauge({
      name: 'synoptic_sockets',
      help: 'Tracked sockets now, by state; TIME_WAIT is inferred',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { byState } = observation.status().sockets;
        for (const state of TCP_STATES) this.set({ state }, byState[state] ?? 0);
      },
    });
    gauge(
      'time_wait_inferred',
      'Four-tuples in TIME_WAIT by our ledger, own network namespace',
      () => observation.status().timeWait.inferred,
    );
    gauge(
      'time_wait_kernel',
      'TIME_WAIT by /proc/net/sockstat, own network namespace',
      () => observation.status().timeWait.kernel ?? Number.NaN,
    );
    gauge('observing', '1 while this machine’s kernel is heard; 0 while starting, blind, ended or replaying', () => {
      const { phase, mode } = observation.status();
      return phase === 'observing' && mode === 'live' ? 1 : 0;
    });
    gauge('last_record_age_seconds', 'Time since the kernel was last heard, heartbeats included', () => {
      const { lastRecordAt } = observation.status();
      return lastRecordAt === null ? Number.NaN : Math.max(0, now() - Date.parse(lastRecordAt)) / 1000;
    });
  }

  #watch(live: LiveSink): void {
    this.#gauge('live_clients', 'Clients connected to /live', () => live.clients);
    new Counter({
      name: 'synoptic_live_missed_events_total',
      help: 'Events not sent to clients of /live that read too slowly',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(live.missed);
      },
    });
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `synoptic_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }
}

function transition({ from, to }: StateEvent): { from: string; to: string } {
  return { from, to };
}
