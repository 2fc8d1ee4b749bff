import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/model/input.ts';
import { Captures } from '../../src/sinks/capture/captures.ts';
import { DataFolder } from '../../src/sinks/capture/data-folder.ts';
import { Recorder } from '../../src/sinks/capture/recorder.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { start } from '../core/inputs.ts';
import { Folder, headerOf } from '../sinks/capture/made.ts';
import { until } from './until.ts';

/** A disk of its own, so small that it is soon full. */
class SmallDisk implements Disposable {
  readonly #folder = new Folder();
  readonly path = this.#folder.path;

  constructor(size: string) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'synoptic-test', this.path]);
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.path]);
    this.#folder[Symbol.dispose]();
  }
}

const wallUs = (ns: number): number => start.wallUs + (ns - start.atNs) / 1000;
let made = 0;
/** What cannot be packed: digits by chance, some 40 KB of them packed. */
function chance(): Input {
  const text = Array.from({ length: 5000 }, () => `${Math.random()}\n`).join('');
  return { type: 'kernel', atNs: start.atNs + ++made * 1e6, text };
}

async function readable(path: string): Promise<Input[]> {
  const inputs: Input[] = [];
  for await (const some of (await openCapture(path)).inputs()) inputs.push(...some);
  return inputs;
}

describe('on a full disk', () => {
  it('the oldest that nobody froze goes first, what was frozen stays, and recording goes on', async () => {
    using disk = new SmallDisk('2m');
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const folder = await DataFolder.open(disk.path, { run: 'run-1' });
    const header = headerOf(start);
    const bounds = { windowMs: 1e9, maxBytes: 1e9 };
    const common = { header, wallUs };
    await using recorder = new Recorder({
      ...common,
      ...bounds,
      folder: folder.run,
      start,
      known: async () => [],
      share: () => 1,
      warn: say,
    });
    const keep = { keepMs: 1e9, keepBytes: 1e9 };
    const nowNs = (): number => start.atNs + made * 1e6;
    const captures = new Captures({ ...common, ...keep, folder: folder.captures, recorder, nowNs, say });
    recorder.accept(chance());
    const { id } = captures.freeze({ trigger: 'request', reason: null, beforeMs: null, afterMs: 0 });
    await until('frozen', async () => (await captures.get(id)).state === 'ready');
    const frozen = await readable(captures.catalogue.pathOf(id));
    for (let segment = 0; segment < 60; segment++) {
      recorder.accept(chance());
      await recorder.cut();
    }
    expect(recorder.ring.segments[0]?.fromNs).toBeGreaterThan(start.atNs);
    expect(recorder.leftOut.inputs).toBe(0);
    expect(recorder.totals.faults).toBeGreaterThan(0);
    expect(recorder.totals.removedSegments['disk-full']).toBeGreaterThan(0);
    expect(await readable(captures.catalogue.pathOf(id))).toEqual(frozen);
    expect(said.some((line) => line.includes('ENOSPC') || line.includes('no space'))).toBe(true);
    const last = recorder.ring.segments.at(-1)?.path ?? '';
    expect((await readable(last)).some((input) => input.type === 'kernel')).toBe(true);
  });

  it('where nothing may go, inputs are left out and counted, and told in the capture once there is room', async () => {
    using disk = new SmallDisk('1m');
    const folder = await DataFolder.open(disk.path, { run: 'run-1' });
    const common = { header: headerOf(start), wallUs, windowMs: 1e9, maxBytes: 1e9, known: async () => [], share: () => 1 };
    const said: string[] = [];
    const warn = (message: string): void => void said.push(message);
    let leftOut = 0;
    {
      await using recorder = new Recorder({ ...common, folder: folder.run, start, warn, queueBytes: 400_000 });
      await until('the first segment', () => recorder.bytes > 0);
      const filler = `${disk.path}/filler`;
      try {
        writeFileSync(filler, Buffer.alloc(2e6));
      } catch {
        // That is the point.
      }
      await until('the disk refuses', () => {
        recorder.accept(chance());
        return recorder.fault !== null;
      });
      for (let more = 0; more < 20; more++) recorder.accept(chance());
      expect(recorder.leftOut.inputs).toBeGreaterThan(0);
      rmSync(filler);
      await until('it writes again', () => recorder.fault === null);
      recorder.accept(chance());
      leftOut = recorder.leftOut.inputs;
    }
    const told = (await readable(folder.run)).flatMap((input) => (input.type === 'unsampled' ? [input.why] : []));
    const counts = told.map((why) => Number(/left out (\d+) inputs/.exec(why)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(leftOut);
    expect(said.at(-1)).toContain('writes again');
  });
});
