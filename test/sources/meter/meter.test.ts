import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Meter } from '../../../src/sources/meter/meter.ts';

// Real processes, read from the real /proc; only the meter's own clock is turned by hand.

let seconds = 0;

function meterOf(pid: () => number | null, output = () => ({ lines: 0, bytes: 0 })): Meter {
  seconds = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  return new Meter({ now: () => seconds * 1e9, bpftrace: { pid, output } });
}

/** Lets seconds pass, one look each. */
function pass(count: number): void {
  for (let turn = 0; turn < count; turn++) {
    seconds++;
    vi.advanceTimersByTime(1000);
  }
}

afterEach(() => vi.useRealTimers());

/** A process that has used CPU time, and waits. */
async function busy(): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = spawn('sh', ['-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; echo done; read _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

describe('the meter', () => {
  it('reads what bpftrace and Node use, and adds it up', async () => {
    const child = await busy();
    using meter = meterOf(() => child.pid);
    expect(meter.cost).toMatchObject({ cpuCores: null, bpftrace: { pid: child.pid, cpuCores: null } });
    pass(1);
    const { cpuCores, memoryBytes, bpftrace, node, commands } = meter.cost;
    expect(bpftrace.cpuSeconds).toBeGreaterThanOrEqual(0.02);
    expect(bpftrace.rssBytes).toBeGreaterThan(100_000);
    expect(node.cpuSeconds).toBeGreaterThan(0);
    expect(memoryBytes).toBe((bpftrace.rssBytes ?? 0) + (node.rssBytes ?? 0));
    expect(cpuCores).toBeCloseTo((bpftrace.cpuCores ?? 0) + (node.cpuCores ?? 0) + (commands.cpuCores ?? 0), 4);
    await child.stop();
  });

  it('keeps what a bpftrace used that ended, and says that the one between is none and takes no memory', async () => {
    const [first, second] = [await busy(), await busy()];
    let pid: number | null = first.pid;
    using meter = meterOf(() => pid);
    pass(1);
    const used = meter.cost.bpftrace.cpuSeconds ?? 0;
    pid = null;
    pass(1);
    expect(meter.cost.bpftrace).toMatchObject({ pid: null, cpuSeconds: used, rssBytes: 0 });
    pid = second.pid;
    pass(1);
    expect(meter.cost.bpftrace.cpuSeconds).toBeGreaterThanOrEqual(used + 0.02);
    expect(meter.cost.bpftrace.cpuCores).toBeGreaterThan(0);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('calls what it cannot read not known, and no sum of the rest the whole', () => {
    using meter = meterOf(() => 2 ** 22 + 1);
    pass(3);
    expect(meter.cost).toMatchObject({
      cpuCores: null,
      memoryBytes: null,
      bpftrace: { pid: 2 ** 22 + 1, cpuCores: null, cpuSeconds: null, rssBytes: null },
    });
    expect(meter.cost.node.cpuCores).not.toBeNull();
  });

  it('counts what is read, per second', () => {
    using meter = meterOf(
      () => null,
      () => ({ lines: seconds * 50, bytes: seconds * 4000 }),
    );
    pass(7);
    expect(meter.cost.output).toEqual({ lines: 350, linesPerSecond: 50, bytes: 28_000, bytesPerSecond: 4000 });
  });

  it('of a recording knows only itself', () => {
    using meter = new Meter({ now: () => seconds * 1e9, bpftrace: null });
    expect(meter.cost).toMatchObject({ cpuCores: null, memoryBytes: null, output: null, bpftrace: { pid: null, cpuSeconds: null } });
    expect(meter.cost.node.rssBytes).toBeGreaterThan(1e6);
  });
});
