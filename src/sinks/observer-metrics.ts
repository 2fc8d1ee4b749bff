import { Counter, Gauge, type Registry } from 'prom-client';
import type { Observer } from '../formats/status.ts';
import { readCounter } from './read-counter.ts';

const PROCESSES = ['bpftrace', 'node', 'commands'] as const;

/**
 * What the observer itself costs and how far behind it is, as {@link Observer} describes it. A gauge that is not known is NaN; a counter that
 * is not known is absent, or 0 where it has no labels.
 */
export function observerMetrics(registry: Registry, observer: () => Observer): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: (observer: Observer) => number | null | undefined): void => {
    new Gauge({
      name: `synoptic_${name}`,
      help,
      registers,
      collect() {
        this.set(value(observer()) ?? Number.NaN);
      },
    });
  };
  const counter = (name: string, help: string, value: (observer: Observer) => number | undefined): void => {
    readCounter(registers, name, help, () => value(observer()) ?? 0);
  };
  cpuAndMemory(registers, observer);
  delay(registers, observer);
  counter('bpftrace_lines_total', 'Lines read from bpftrace', ({ output }) => output?.lines);
  counter('bpftrace_output_bytes_total', 'Bytes read from bpftrace', ({ output }) => output?.bytes);
  gauge('order_waiting_records', 'Records held until those of other CPUs must have come', ({ order }) => order.waiting);
  gauge('order_hold_seconds', 'How long each record is held at least', ({ order }) => order.holdMs / 1000);
  gauge('told_one_socket_in', 'One socket in so many is told one by one; 1: every socket', ({ share }) => share);
  gauge('live_waiting_events', 'Events that wait for clients of /live', ({ live }) => live?.waitingEvents);
  gauge(
    'live_waiting_bytes',
    'Bytes queued for clients of /live or in their sockets; what many wait for counts once for each',
    ({ live }) => live?.waitingBytes,
  );
}

function cpuAndMemory(registers: Registry[], observer: () => Observer): void {
  new Counter({
    name: 'synoptic_observer_cpu_seconds_total',
    help: 'User and system time of bpftrace (restarts included), of Node (all threads), and of the commands that it ran and that have ended',
    labelNames: ['process'],
    registers,
    collect() {
      const now = observer();
      this.reset();
      for (const process of PROCESSES) {
        const { cpuSeconds } = now[process];
        if (cpuSeconds !== null) this.inc({ process }, cpuSeconds);
      }
    },
  });
  new Gauge({
    name: 'synoptic_observer_resident_memory_bytes',
    help: 'Resident memory of bpftrace and of Node',
    labelNames: ['process'],
    registers,
    collect() {
      const { bpftrace, node } = observer();
      this.set({ process: 'bpftrace' }, bpftrace.rssBytes ?? Number.NaN);
      this.set({ process: 'node' }, node.rssBytes ?? Number.NaN);
    },
  });
}

function delay(registers: Registry[], observer: () => Observer): void {
  new Gauge({
    name: 'synoptic_ingest_delay_seconds',
    help: 'How late the thread that reads bpftrace came to its work, over the last whole 5 s; quantile 1 is the worst',
    labelNames: ['quantile'],
    registers,
    collect() {
      const { loop } = observer();
      const set = (quantile: string, ms: number | undefined): void => this.set({ quantile }, ms === undefined ? Number.NaN : ms / 1000);
      set('0.5', loop?.p50Ms);
      set('0.99', loop?.p99Ms);
      set('1', loop?.maxMs);
    },
  });
}
