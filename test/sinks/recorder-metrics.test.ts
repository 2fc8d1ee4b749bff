import { mkdirSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/model/input.ts';
import { Captures } from '../../src/sinks/capture/captures.ts';
import { Recorder } from '../../src/sinks/capture/recorder.ts';
import { recorderMetrics } from '../../src/sinks/recorder-metrics.ts';
import { start } from '../core/inputs.ts';
import { Folder, headerOf } from './capture/made.ts';

const SECOND = 1e9;
const wallUs = (ns: number): number => start.wallUs + (ns - start.atNs) / 1000;
const tick = (second: number): Input => ({
  type: 'tick',
  atNs: start.atNs + second * SECOND,
  wallUs: wallUs(start.atNs + second * SECOND),
});

/** What is scraped, without comments. */
async function scraped(registry: Registry): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('the metrics of the flight recorder', () => {
  it('tell what was written, kept, removed and frozen, and how far the disk is behind', async () => {
    using folder = new Folder();
    mkdirSync(folder.file('run'));
    mkdirSync(folder.file('captures'));
    const header = headerOf(start);
    let nowNs = start.atNs;
    const say = (): void => undefined;
    await using recorder = new Recorder({
      ...{ folder: folder.file('run'), header, start, windowMs: 1500, maxBytes: 1e9, wallUs, warn: say },
      ...{ known: async () => [], share: () => 1 },
    });
    const captures = new Captures({
      ...{ folder: folder.file('captures'), recorder, header, keepMs: 1e9, keepBytes: 1, wallUs, say },
      nowNs: () => nowNs,
    });
    const registry = new Registry();
    recorderMetrics(registry, () => captures.totals);
    for (let second = 1; second <= 4; second++) {
      recorder.accept(tick(second));
      await recorder.cut();
    }
    nowNs += 4 * SECOND;
    for (let wish = 0; wish < 2; wish++) {
      const { id } = captures.freeze({ trigger: 'request', reason: null, beforeMs: null, afterMs: 0 });
      await expect.poll(async () => (await captures.get(id)).state, { timeout: 30_000 }).toBe('ready');
    }
    await captures.settle();
    recorder.accept(tick(5));
    const now = await scraped(registry);
    expect(now.get('synoptic_recorder_sync_lag_seconds')).toBeCloseTo(1, 5);
    expect(now.get('synoptic_recorder_written_bytes_total')).toBeGreaterThan(now.get('synoptic_recorder_kept_bytes') ?? 0);
    expect(now.get('synoptic_recorder_removed_segments_total{reason="age"}')).toBeGreaterThan(0);
    expect(now.get('synoptic_recorder_removed_segments_total{reason="disk-full"}')).toBe(0);
    expect(now.get('synoptic_recorder_segments')).toBeGreaterThan(1);
    expect(now.get('synoptic_captures_frozen_total{trigger="request"}')).toBe(2);
    expect(now.get('synoptic_captures_frozen_total{trigger="finding"}')).toBe(0);
    expect(now.get('synoptic_captures_removed_total{reason="size"}')).toBe(1);
    expect(now.get('synoptic_recorder_dropped_inputs_total')).toBe(0);
    expect(now.get('synoptic_recorder_disk_full_total')).toBe(0);
    expect(now.get('synoptic_recorder_writing')).toBe(1);
  });

  it('tell of what a slow disk cost, and that the disk takes nothing', async () => {
    using folder = new Folder();
    const recorder = new Recorder({
      ...{ folder: folder.file('nowhere'), header: headerOf(start), start, windowMs: 1500, maxBytes: 1e9, wallUs, warn: () => undefined },
      ...{ known: async () => [], share: () => 1, queueBytes: 100 },
    });
    recorder.accept(tick(1));
    await expect.poll(() => recorder.totals.writing, { timeout: 30_000 }).toBe(false);
    expect(recorder.totals).toMatchObject({ droppedInputs: 1, faults: 1 });
    await recorder[Symbol.asyncDispose]();
  });

  it('are all there where nothing is recorded: counters 0, what is not known not a number', async () => {
    const registry = new Registry();
    recorderMetrics(registry, () => null);
    const now = await scraped(registry);
    expect(now.get('synoptic_recorder_written_bytes_total')).toBe(0);
    expect(now.get('synoptic_captures_frozen_total{trigger="signal"}')).toBe(0);
    expect(now.get('synoptic_recorder_sync_lag_seconds')).toBeNaN();
    expect(now.get('synoptic_recorder_writing')).toBe(0);
  });
});
