import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { GapEvent } from '../../src/core/model/event.ts';
import { LiveSink } from '../../src/sinks/live.ts';
import { MetricsSink } from '../../src/sinks/metrics.ts';
import { aFinding, Observed } from './observed.ts';

const gap: GapEvent = {
  kind: 'gap',
  seq: 1,
  ns: 1,
  wallUs: 1,
  cause: 'buffer-full',
  lost: 7,
  shed: 0,
  fromNs: 0,
  toNs: 1,
  what: null,
  parts: [],
};

function setUp() {
  const observed = new Observed();
  const live = new LiveSink({ observation: observed });
  const metrics = new MetricsSink({ observation: observed, live, now: () => Date.parse('2026-11-20T21:00:12.500Z') });
  const lines = async (): Promise<string[]> => (await metrics.registry.metrics()).split('\n');
  return { observed, live, metrics, lines };
}

describe('the metrics', () => {
  it('count events by kind, transitions by both states, losses by cause', async () => {
    const { observed, metrics, lines } = setUp();
    metrics.accept([
      ...observed.happen(3),
      ...observed.happen(1, { from: 'ESTABLISHED', to: 'CLOSE' }),
      gap,
      { ...gap, lost: null, cause: 'blind' },
    ]);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'synoptic_events_total{kind="state"} 4',
        'synoptic_events_total{kind="gap"} 2',
        'synoptic_transitions_total{from="SYN_SENT",to="ESTABLISHED"} 3',
        'synoptic_transitions_total{from="ESTABLISHED",to="CLOSE"} 1',
        'synoptic_gaps_total{cause="buffer-full"} 1',
        'synoptic_gaps_total{cause="blind"} 1',
        'synoptic_lost_records_total 7',
      ]),
    );
  });

  it('count findings as they open, and show how many are open by detector and severity', async () => {
    const { observed, metrics, lines } = setUp();
    const [opened, updated] = [aFinding(1), aFinding(2, {}, { id: 'accept-queue-1', phase: 'update', severity: 'warning' })];
    metrics.accept([opened, updated]);
    observed.found = { open: [updated], resolved: [], leftOut: { 'accept-queue': 3 } };
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'synoptic_findings_total{detector="accept-queue"} 1',
        'synoptic_findings_total{detector="time-wait-buildup"} 0',
        'synoptic_findings_active{detector="accept-queue",severity="warning"} 1',
        'synoptic_findings_active{detector="accept-queue",severity="critical"} 0',
        'synoptic_findings_left_out_total{detector="accept-queue"} 3',
      ]),
    );
  });

  it('show each kind and cause as 0 before its first, so that an alert sees the first', async () => {
    const { lines } = setUp();
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'synoptic_events_total{kind="drop"} 0',
        'synoptic_gaps_total{cause="skipped"} 0',
        'synoptic_lost_records_total 0',
      ]),
    );
  });

  it('say how the observation goes, at the moment of asking', async () => {
    const { observed, lines } = setUp();
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'synoptic_observing 1',
        'synoptic_last_record_age_seconds 2.5',
        'synoptic_sockets{state="ESTABLISHED"} 2',
        'synoptic_sockets{state="LISTEN"} 0',
        'synoptic_time_wait_inferred 1',
        'synoptic_time_wait_kernel 1',
      ]),
    );
    observed.set({ phase: 'blind', sockets: { tracked: 0, cap: 1000, byState: {} } });
    expect(await lines()).toEqual(expect.arrayContaining(['synoptic_observing 0', 'synoptic_sockets{state="ESTABLISHED"} 0']));
  });

  it('call nothing observed while a recording plays, and what is not known not a number', async () => {
    const { observed, lines } = setUp();
    observed.set({ mode: 'demo', lastRecordAt: null, timeWait: { inferred: 0, kernel: null, orphanFinWait2: 0 } });
    expect(await lines()).toEqual(
      expect.arrayContaining(['synoptic_observing 0', 'synoptic_last_record_age_seconds Nan', 'synoptic_time_wait_kernel Nan']),
    );
  });

  it('tell what the observer itself costs and how far behind it is', async () => {
    const { observed, metrics, lines } = setUp();
    metrics.accept([{ ...gap, shed: 40 }]);
    const live = { clients: 2, waitingEvents: 30, waitingBytes: 4096, missed: 0 };
    observed.set({ observer: { ...observed.current.observer, live, share: 32 } });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'synoptic_observer_cpu_seconds_total{process="bpftrace"} 7.5',
        'synoptic_observer_cpu_seconds_total{process="node"} 4.25',
        'synoptic_observer_cpu_seconds_total{process="commands"} 0.5',
        'synoptic_observer_resident_memory_bytes{process="bpftrace"} 45000000',
        'synoptic_observer_resident_memory_bytes{process="node"} 70000000',
        'synoptic_ingest_delay_seconds{quantile="0.5"} 0.0002',
        'synoptic_ingest_delay_seconds{quantile="0.99"} 0.003',
        'synoptic_ingest_delay_seconds{quantile="1"} 0.012',
        'synoptic_bpftrace_lines_total 1000000',
        'synoptic_bpftrace_output_bytes_total 90000000',
        'synoptic_order_waiting_records 500',
        'synoptic_order_hold_seconds 0.01',
        'synoptic_told_one_socket_in 32',
        'synoptic_live_waiting_events 30',
        'synoptic_live_waiting_bytes 4096',
        'synoptic_shed_records_total 40',
      ]),
    );
    // Totals are the observer's own: a second look does not add them up.
    expect(await lines()).toContain('synoptic_bpftrace_lines_total 1000000');
  });

  it('make no figure of a cost that is not known', async () => {
    const { observed, lines } = setUp();
    const { observer } = observed.current;
    const hidden = { pid: 812, cpuCores: null, cpuSeconds: null, rssBytes: null };
    observed.set({ observer: { ...observer, bpftrace: hidden, loop: null } });
    const text = await lines();
    expect(text).toEqual(
      expect.arrayContaining([
        'synoptic_observer_resident_memory_bytes{process="bpftrace"} Nan',
        'synoptic_ingest_delay_seconds{quantile="1"} Nan',
        'synoptic_live_waiting_events Nan',
      ]),
    );
    expect(text.filter((line) => line.startsWith('synoptic_observer_cpu_seconds_total{process="bpftrace"'))).toEqual([]);
  });

  it('are each named in the changelog, which users script against', async () => {
    const { metrics } = setUp();
    const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
    const ours = (await metrics.registry.getMetricsAsJSON()).filter(({ name }) => !/^synoptic_(process|nodejs)_/.test(name));
    expect(ours.length).toBeGreaterThan(15);
    expect(ours.filter(({ name }) => !changelog.includes(`\`${name}`)).map(({ name }) => name)).toEqual([]);
  });

  it('tell delay once, without the resolution it was measured with', async () => {
    const { metrics } = setUp();
    const names = (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name);
    // What is left of prom-client's own is measured at the scrape.
    expect(names.filter((name) => /lag|delay/.test(name))).toEqual([
      'synoptic_ingest_delay_seconds',
      'synoptic_nodejs_eventloop_lag_seconds',
    ]);
  });

  it('count live clients and what they missed', async () => {
    const { live, lines } = setUp();
    live.connect(1);
    live.miss(7);
    expect(await lines()).toEqual(expect.arrayContaining(['synoptic_live_clients 1', 'synoptic_live_missed_events_total 7']));
    live.close(1);
    expect(await lines()).toContain('synoptic_live_clients 0');
  });

  it('all begin with synoptic_, have a help text, and never an address or port as label', async () => {
    const { observed, metrics } = setUp();
    metrics.accept(observed.happen(1));
    for (const metric of await metrics.registry.getMetricsAsJSON()) {
      expect(metric.name).toMatch(/^synoptic_/);
      expect(metric.help).not.toBe('');
      const labels = metric.values.flatMap((value) => Object.keys(value.labels));
      expect(labels.filter((label) => /addr|port|pid|comm|sock$|netns/.test(label))).toEqual([]);
    }
  });
});
