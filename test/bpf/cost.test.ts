import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelUnits, readProcess } from '../../src/sources/meter/process-stat.ts';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// What the observer says of its own cost, held against the kernel's own words about its processes. It has given up root.

const lab = new LabNamespace();
let observe: Synoptic;
let client: Actor;
let port: number;

beforeAll(async () => {
  observe = await Synoptic.observe(['--user', 'nobody']);
  client = await lab.actor();
  const server = await lab.actor();
  port = await server.number('serve', { host: '127.0.0.1' });
});

afterAll(async () => {
  await observe?.[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const observer = async () => (await observe.status()).observer;
/** CPU seconds by /proc, as the test itself reads it. */
const used = (pid: number) => readProcess(pid, kernelUnits())?.cpuSeconds ?? Number.NaN;

describe('the cost', () => {
  it('is known of bpftrace and of Node, also once root is given up, and agrees with /proc', async () => {
    const { pid } = await observe.bpftrace();
    const { bpftrace, node, memoryBytes, loop } = await until('a whole window', async () => {
      const now = await observer();
      return now.cpuCores !== null && now.loop !== null ? now : null;
    });
    expect(bpftrace.pid).toBe(pid);
    expect(bpftrace.cpuSeconds).toBeGreaterThan(0);
    expect(bpftrace.cpuSeconds).toBeLessThanOrEqual(used(pid));
    expect(node.cpuSeconds).toBeGreaterThan(0);
    expect(node.cpuSeconds).toBeLessThanOrEqual(used(observe.pid) + 0.02);
    expect(memoryBytes).toBeGreaterThan(50e6);
    expect(loop?.p50Ms).toBeLessThan(loop?.maxMs ?? 0);
  });

  it('grows with the load, as much as the kernel says: CPU of both, lines and bytes', async () => {
    const { pid } = await observe.bpftrace();
    // Starting took its time, too: it must be out of the window.
    const calm = await until(
      'calm',
      async () => {
        const { bpftrace } = await observer();
        return (bpftrace.cpuCores ?? 1) < 0.03 ? bpftrace : null;
      },
      30_000,
    );
    const before = { bpftrace: used(pid), node: used(observe.pid), atMs: performance.now() };
    await client.does('burst', { host: '127.0.0.1', port, count: 7000, perSecond: 1000, parallel: 32 });
    const loaded = await observer();
    const seconds = (performance.now() - before.atMs) / 1000;
    const cores = { bpftrace: (used(pid) - before.bpftrace) / seconds, node: (used(observe.pid) - before.node) / seconds };
    expect(loaded.bpftrace.cpuCores).toBeGreaterThan((calm.cpuCores ?? 1) + 0.01);
    // Theirs is a mean over the whole storm, ours over its last seconds.
    for (const part of ['bpftrace', 'node'] as const) {
      expect(loaded[part].cpuCores).toBeGreaterThan(cores[part] * 0.5);
      expect(loaded[part].cpuCores).toBeLessThan(cores[part] * 2);
    }
    // Ten transitions a connection, both ends; 1,000 a second at most.
    expect(loaded.output?.linesPerSecond).toBeGreaterThan(2000);
    expect(loaded.output?.linesPerSecond).toBeLessThan(20_000);
    const bytesALine = (loaded.output?.bytesPerSecond ?? 0) / (loaded.output?.linesPerSecond ?? 1);
    expect(bytesALine).toBeGreaterThan(10);
    expect(bytesALine).toBeLessThan(400);
  });

  it('of a bpftrace that was killed stays counted while the next one adds its own', async () => {
    const killed = await observe.bpftrace();
    const before = (await observer()).bpftrace.cpuSeconds ?? Number.NaN;
    process.kill(killed.pid, 'SIGKILL');
    const next = await observe.bpftrace(killed);
    const after = await until('the next', async () => {
      const { bpftrace } = await observer();
      return bpftrace.pid === next.pid && (bpftrace.cpuSeconds ?? 0) > before ? bpftrace : null;
    });
    expect(after.rssBytes).toBeGreaterThan(10e6);
  });

  it('is in the metrics, as in the status', async () => {
    const text = await (await fetch(new URL('/metrics', observe.url))).text();
    const value = (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    expect(value('synoptic_observer_cpu_seconds_total{process="bpftrace"}')).toBeGreaterThan(0);
    expect(value('synoptic_observer_resident_memory_bytes{process="node"}')).toBeGreaterThan(20e6);
    expect(value('synoptic_bpftrace_lines_total')).toBeGreaterThan(7000 * 8);
    expect(value('synoptic_told_one_socket_in')).toBeGreaterThanOrEqual(1);
  });
});
