import { readdir } from 'node:fs/promises';
import { setImmediate as breath, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Input, KernelUpInput, SocketsInput } from '../../../src/core/model/input.ts';
import { Recorder, type RecorderOptions } from '../../../src/sinks/capture/recorder.ts';
import { SegmentRing } from '../../../src/sinks/capture/ring.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { chunksOf } from '../../../src/sources/replay/chunks.ts';
import { start } from '../../core/inputs.ts';
import { Folder, headerOf } from './made.ts';

const MS = 1e6;
const kernel = (ms: number, text: string): Input => ({ type: 'kernel', atNs: start.atNs + ms * MS, text });
const tick = (ms: number): Input => ({ type: 'tick', atNs: start.atNs + ms * MS, wallUs: start.wallUs + ms * 1000 });
const up: KernelUpInput = { type: 'kernel-up', atNs: start.atNs, version: '0.17.0', hooks: [] };
const listing: SocketsInput = { type: 'sockets', fromNs: start.atNs, atNs: start.atNs, netns: 7, sockets: [] };

function recorder(folder: Folder, options: Partial<RecorderOptions> = {}): { recorder: Recorder; warnings: string[] } {
  const warnings: string[] = [];
  const made = new Recorder({
    folder: folder.path,
    header: headerOf(start),
    start,
    windowMs: 60_000,
    maxBytes: 1e9,
    wallUs: (ns) => start.wallUs + (ns - start.atNs) / 1000,
    known: async () => [listing],
    share: () => 1,
    warn: (message) => void warnings.push(message),
    ...options,
  });
  return { recorder: made, warnings };
}

async function inputsOf(path: string): Promise<Input[]> {
  const inputs: Input[] = [];
  for await (const some of (await openCapture(path)).inputs()) inputs.push(...some);
  return inputs;
}

describe('the flight recorder', () => {
  it('keeps every input, in order, across segments', async () => {
    using folder = new Folder();
    const inputs: Input[] = [start, up];
    {
      await using made = recorder(folder).recorder;
      for (const input of inputs) made.accept(input);
      for (let ms = 1; ms <= 300; ms++) {
        const more = [kernel(ms, `line ${ms}\nhalf of `), tick(ms)];
        inputs.push(...more);
        for (const input of more) made.accept(input);
        if (ms % 100 === 0) await made.cut();
      }
    }
    expect((await readdir(folder.path)).sort()).toEqual(['000000.segment', '000001.segment', '000002.segment', '000003.segment', 'ended']);
    expect(await inputsOf(folder.path)).toEqual(inputs);
  });

  it('lets a replay begin with any segment: with the run, bpftrace, a half line and what was known of sockets', async () => {
    using folder = new Folder();
    {
      await using made = recorder(folder, { share: () => 64 }).recorder;
      for (const input of [start, up, kernel(1, 'S 1 2\nhalf')]) made.accept(input);
      await made.cut();
      made.accept(kernel(2, ' of it\n'));
    }
    const atNs = start.atNs + MS;
    expect(await inputsOf(folder.file('000001.segment'))).toEqual([
      { ...start, atNs, wallUs: start.wallUs + 1000 },
      { ...up, atNs, running: true },
      { type: 'kernel', atNs, text: `B ${atNs.toString(16)} 64\nhalf` },
      listing,
      kernel(2, ' of it\n'),
    ]);
  });

  it('leaves out what there is no room for, tells how much at its place, and makes no line of two halves', async () => {
    using folder = new Folder();
    const { recorder: made } = recorder(folder, { queueBytes: 8000 });
    made.accept(kernel(1, 'whole\nfirst ha'));
    made.accept(kernel(2, 'x'.repeat(9000)));
    made.accept(kernel(3, 'lost\nlost too\nsecond ha'));
    await made.cut();
    made.accept(kernel(4, 'lf\nwhole again\n'));
    made.accept(tick(5));
    expect(made.leftOut).toEqual({ inputs: 1, bytes: 9000 });
    await made[Symbol.asyncDispose]();
    const texts = (await inputsOf(folder.path)).map((input) => ('text' in input ? input.text : 'why' in input ? input.why : input.type));
    expect(texts).toEqual([
      'start',
      'whole\nfirst ha',
      expect.stringContaining('left out 1 inputs, 9000 bytes'),
      '\nlost too\nsecond ha',
      'lf\nwhole again\n',
      'tick',
    ]);
  });

  it('counts what it seals right, also where one input is a sync of its own', async () => {
    using folder = new Folder();
    const big = kernel(1, `${'x'.repeat(3 * 1024 * 1024)}\n`);
    {
      await using made = recorder(folder).recorder;
      made.accept(big);
    }
    expect(await inputsOf(folder.path)).toEqual([start, big]);
  });

  it('keeps every byte where it is given more than is packed at once, for as long as memory is used again', async () => {
    using folder = new Folder();
    const inputs: Input[] = [];
    {
      await using made = recorder(folder).recorder;
      for (let ms = 1; ms <= 400; ms++) {
        const text = `${ms} `.repeat(10_000).slice(0, 30_000 + ms);
        for (const input of [kernel(ms, text), tick(ms)]) {
          inputs.push(input);
          made.accept(input);
        }
        // What was taken is packed now, while more comes.
        if (ms % 40 === 0) await breath();
      }
    }
    expect((await inputsOf(folder.path)).slice(1)).toEqual(inputs);
  });

  it('is synced as often as is due, not as often as something comes', async () => {
    using folder = new Folder();
    const beganMs = performance.now();
    let flushes = 0;
    {
      await using made = recorder(folder).recorder;
      for (let ms = 1; ms <= 300; ms++) {
        made.accept(kernel(ms, `line ${ms}\n`));
        await delay(1);
      }
    }
    for await (const chunk of chunksOf(folder.file('000000.segment'))) if (chunk.kind === 'D') flushes++;
    // Two a second, however slow this machine is; and its end.
    const seconds = (performance.now() - beganMs) / 1000;
    expect(flushes).toBeLessThanOrEqual(Math.ceil(seconds * 2) + 1);
  });

  it('has on disk what it was given, without being closed, at the next sync', async () => {
    using folder = new Folder();
    const { recorder: made } = recorder(folder);
    try {
      made.accept(tick(1));
      await expect.poll(() => inputsOf(folder.path).catch(() => []), { timeout: 5000 }).toContainEqual(tick(1));
    } finally {
      await made[Symbol.asyncDispose]();
    }
  });

  it('stops with a word where its folder is gone, and never throws at whoever observes', async () => {
    using folder = new Folder();
    const { recorder: made, warnings } = recorder(folder, { folder: folder.file('nowhere') });
    made.accept(tick(1));
    await expect.poll(() => made.fault, { timeout: 5000 }).toContain('ENOENT');
    made.accept(tick(2));
    await made[Symbol.asyncDispose]();
    expect(warnings[0]).toContain('observing goes on');
  });
});

describe('the ring of segments', () => {
  const segment = (second: number, bytes = 10) => ({
    path: `/nonexistent/${second}`,
    bytes,
    fromNs: second * 1e9,
    toNs: (second + 1) * 1e9,
    leftOut: 0,
  });
  const kept = (ring: SegmentRing) => ring.segments.map(({ fromNs }) => fromNs / 1e9);

  it('drops what is older than the window, and the oldest beyond its bytes', async () => {
    const ring = new SegmentRing({ windowMs: 3000, maxBytes: 100 });
    for (let second = 0; second < 6; second++) await ring.add(segment(second));
    expect(kept(ring)).toEqual([2, 3, 4, 5]);
    await ring.add(segment(6, 90));
    expect(kept(ring)).toEqual([5, 6]);
  });

  it('keeps what is being frozen, whatever else says', async () => {
    const ring = new SegmentRing({ windowMs: 1000, maxBytes: 10 });
    for (let second = 0; second < 2; second++) await ring.add(segment(second, 1));
    const pin = ring.pin(1e9);
    for (let second = 2; second < 5; second++) await ring.add(segment(second, 100));
    expect(kept(ring)).toEqual([0, 1, 2, 3, 4]);
    expect(await ring.sacrifice()).toBe(false);
    pin[Symbol.dispose]();
    expect(await ring.sacrifice()).toBe(true);
    await ring.add(segment(5));
    expect(kept(ring)).toEqual([5]);
  });

  it('keeps for who only waits twice what it may take, and no more', async () => {
    const ring = new SegmentRing({ windowMs: 3_600_000, maxBytes: 100 });
    const pin = ring.pin(Number.NEGATIVE_INFINITY, false);
    for (let second = 0; second < 6; second++) await ring.add(segment(second, 50));
    expect(kept(ring)).toEqual([2, 3, 4, 5]);
    pin.hold();
    await ring.add(segment(6, 50));
    expect(kept(ring)).toEqual([2, 3, 4, 5, 6]);
  });
});
