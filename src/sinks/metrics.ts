import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { EVENT_KINDS, type Event, type EventKind, type GapCause, type GapEvent } from '../core/model/event.ts';
import { SEVERITIES } from '../core/model/finding.ts';
import { TCP_STATES, type TcpState } from '../core/model/tcp-state.ts';
import { DETECTOR_NAMES } from '../core/model/thresholds.ts';
import type { LiveSink } from './live.ts';
import type { Observation } from './observation.ts';
import { observerMetrics } from './observer-metrics.ts';
import { ownerMetrics } from './owner-metrics.ts';

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
  readonly #byKind = new Map<EventKind, number>(EVENT_KINDS.map((kind) => [kind, 0]));
  readonly #transitions = new Map<TcpState, Map<TcpState, number>>(TCP_STATES.map((from) => [from, new Map()]));
  readonly #gaps: Counter<'cause'>;
  readonly #findings: Counter<'detector'>;
  readonly #lost: Counter;
  readonly #shed: Counter;
  readonly #shedTransitions: Counter<'from' | 'to'>;

  constructor({ observation, live, now = Date.now }: MetricsOptions) {
    const registers = [this.registry];
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name: `synoptic_${name}`, help, labelNames, registers });
    this.#count();
    this.#gaps = counter('gaps_total', 'Known losses of records, by cause', ['cause']);
    this.#lost = counter('lost_records_total', 'Records known lost, where their number is known', []);
    this.#shed = counter('shed_records_total', 'Records counted and not told one by one, on purpose', []);
    const shed =
      'State changes counted in the kernel and not told one by one, by both states: with synoptic_transitions_total, all there were';
    this.#shedTransitions = counter('shed_transitions_total', shed, ['from', 'to']);
    for (const cause of CAUSES) this.#gaps.inc({ cause }, 0);
    this.#observe(observation, now);
    this.#findings = counter('findings_total', 'Findings opened, by detector', ['detector']);
    for (const detector of DETECTOR_NAMES) this.#findings.inc({ detector }, 0);
    this.#openFindings(observation);
    this.#watch(live);
    observerMetrics(this.registry, () => observation.status().observer);
    ownerMetrics(this.registry, () => observation.status().owners);
    collectDefaultMetrics({ register: this.registry, prefix: 'synoptic_', eventLoopMonitoringPrecision: UNUSED_PRECISION_MS });
    for (const name of LAG) this.registry.removeSingleMetric(`synoptic_nodejs_eventloop_lag_${name}_seconds`);
  }

  accept(events: readonly Event[]): void {
    for (const event of events) {
      this.#byKind.set(event.kind, (this.#byKind.get(event.kind) ?? 0) + 1);
      if (event.kind === 'state') {
        const tos = this.#transitions.get(event.from);
        tos?.set(event.to, (tos.get(event.to) ?? 0) + 1);
      } else if (event.kind === 'gap') this.#onGap(event);
      else if (event.kind === 'finding' && event.phase === 'open') this.#findings.inc({ detector: event.detector });
    }
  }

  #onGap({ cause, lost, shed, parts }: GapEvent): void {
    this.#gaps.inc({ cause });
    this.#lost.inc(lost ?? 0);
    this.#shed.inc(shed);
    if (cause !== 'shed') return;
    for (const { from, to, count } of parts) if (from !== null && to !== null) this.#shedTransitions.inc({ from, to }, count);
  }

  /** Counted in numbers of our own and handed over when somebody scrapes: prom-client takes longer for one than the core for an event. */
  #count(): void {
    const [byKind, transitions, registers] = [this.#byKind, this.#transitions, [this.registry]];
    new Counter({
      name: 'synoptic_events_total',
      help: 'Events, by kind',
      labelNames: ['kind'],
      registers,
      collect() {
        this.reset();
        for (const [kind, count] of byKind) this.inc({ kind }, count);
      },
    });
    new Counter({
      name: 'synoptic_transitions_total',
      help: 'TCP state changes, by both states',
      labelNames: ['from', 'to'],
      registers,
      collect() {
        this.reset();
        for (const [from, tos] of transitions) for (const [to, count] of tos) this.inc({ from, to }, count);
      },
    });
  }

  #observe(observation: Observation, now: () => number): void {
    const gauge = (name: string, help: string, value: () => number): void => this.#gauge(name, help, value);
    const { registry } = this;
    new Gauge({
      name: 'synoptic_sockets',
      help: 'Tracked sockets now, by state; TIME_WAIT is inferred, unless a hook tells it',
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

  #openFindings(observation: Observation): void {
    const registers = [this.registry];
    new Gauge({
      name: 'synoptic_findings_active',
      help: 'Findings open now, by detector and severity',
      labelNames: ['detector', 'severity'],
      registers,
      collect() {
        const { open } = observation.findings();
        for (const detector of DETECTOR_NAMES) {
          for (const severity of SEVERITIES) {
            this.set({ detector, severity }, open.filter((one) => one.detector === detector && one.severity === severity).length);
          }
        }
      },
    });
    new Counter({
      name: 'synoptic_findings_left_out_total',
      help: 'Findings not opened because too many of their detector were open',
      labelNames: ['detector'],
      registers,
      collect() {
        const { leftOut } = observation.findings();
        this.reset();
        for (const detector of DETECTOR_NAMES) this.inc({ detector }, leftOut[detector] ?? 0);
      },
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
