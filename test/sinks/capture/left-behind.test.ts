import { readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Input } from '../../../src/core/model/input.ts';
import { DataFolder } from '../../../src/sinks/capture/data-folder.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { start } from '../../core/inputs.ts';
import { Folder, writeSegment } from './made.ts';

import { NOW, SetUp, tick } from './set-up.ts';

describe('a data folder that is gone', () => {
  it('holds up neither who freezes nor the end, and is told as what it is', { timeout: 30_000 }, async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    await setUp.recorder.cut();
    await rm(root.path, { recursive: true });
    const { id } = setUp.captures.freeze(NOW);
    await expect.poll(() => setUp.recorder.fault, { timeout: 20_000 }).toContain('ENOENT');
    await setUp.captures.settle();
    setUp.pass(1000);
    await setUp.recorder[Symbol.asyncDispose]();
    expect(setUp.said.filter((line) => line.includes('writes again'))).toEqual([]);
    expect(await setUp.captures.get(id)).toMatchObject({ state: 'failed', fault: expect.stringContaining('ENOENT') });
    expect((await setUp.captures.list()).captures).toMatchObject([{ id, state: 'failed' }]);
  });

  it('is remembered for a hundred captures that failed, and no more', { timeout: 30_000 }, async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    await rm(setUp.folder.captures, { recursive: true });
    for (let times = 0; times < 105; times++) {
      const { id } = setUp.captures.freeze(NOW);
      await expect.poll(async () => (await setUp.captures.get(id)).state, { timeout: 20_000, interval: 1 }).toBe('failed');
    }
    expect((await setUp.captures.list()).captures).toHaveLength(100);
  });
});

describe('what a killed observer left behind', () => {
  it('becomes a capture, trimmed to its last sync point; what lives or ended well does not', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    const killed = await DataFolder.open(root.path, { run: 'killed' });
    await writeSegment(join(killed.run, '000000.segment'), [start, tick(1), tick(2)]);
    // Seal and all that is behind it was never written.
    const bytes = (await readFile(join(killed.run, '000000.segment'))).length;
    await truncate(join(killed.run, '000000.segment'), bytes - 30);
    const ended = await DataFolder.open(root.path, { run: 'ended' });
    await writeFile(join(ended.run, 'ended'), '');
    const nobody = { pid: 2 ** 22, started: '1', boot: 'another boot', pids: 'pid:[1]' };
    for (const { run } of [killed, ended]) await writeFile(join(run, 'owner.json'), JSON.stringify(nobody));
    await DataFolder.open(root.path, { run: 'alive' });
    const found = await setUp.folder.leftBehind(Date.now(), 3_600_000);
    expect(found).toEqual([expect.stringMatching(/killed\.[0-9a-f]+\.adopted$/)]);
    expect(await setUp.folder.leftBehind(Date.now(), 3_600_000)).toEqual([]);
    await setUp.captures.adopt(found);
    const [capture] = (await setUp.captures.list()).captures;
    expect(capture).toMatchObject({ trigger: 'left-behind', reason: expect.stringContaining('killed') });
    const inputs: Input[] = [];
    for await (const some of (await openCapture(setUp.captures.catalogue.pathOf(capture?.id ?? ''))).inputs()) inputs.push(...some);
    expect(inputs.slice(0, -1)).toEqual([start, tick(1), tick(2)]);
    expect(inputs.at(-1)).toMatchObject({ type: 'unsampled', why: expect.stringContaining('was killed') });
    expect((await readdir(join(root.path, 'recorder'))).sort()).toEqual(['alive', 'ended', 'run-1']);
  });

  it('is taken up again where who took it up was killed, too, and what that one had begun to write is removed', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    const killed = await DataFolder.open(root.path, { run: 'killed' });
    await writeSegment(join(killed.run, '000000.segment'), [start, tick(1)]);
    const nobody = { pid: 2 ** 22, started: '1', boot: 'another boot', pids: 'pid:[1]' };
    const mark = (folder: string) => writeFile(join(folder, 'owner.json'), JSON.stringify(nobody));
    await mark(killed.run);
    const [first = ''] = await setUp.folder.leftBehind(Date.now(), 3_600_000);
    await mark(first);
    const [old, young] = ['1', '2'].map((digit) => join(setUp.folder.captures, `20261121T03150${digit}-left-behind-1f2e.capture.part`)) as [
      string,
      string,
    ];
    for (const path of [old, young]) await writeFile(path, 'begun');
    await utimes(old, 1000, 1000);
    const found = await setUp.folder.leftBehind(Date.now(), 3_600_000);
    expect(found).toEqual([expect.stringMatching(/killed\.[0-9a-f]{8}\.adopted$/)]);
    await setUp.captures.adopt(found);
    expect((await setUp.captures.list()).captures).toMatchObject([{ trigger: 'left-behind' }]);
    expect((await readdir(setUp.folder.captures)).filter((name) => name.endsWith('.part'))).toEqual([basename(young)]);
  });

  it('goes once it is older than what is kept, where it ended well', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    const ended = await DataFolder.open(root.path, { run: 'ended' });
    for (const [name, text] of [
      ['ended', ''] as const,
      ['owner.json', JSON.stringify({ pid: 1, started: '', boot: '', pids: '' })] as const,
    ]) {
      await writeFile(join(ended.run, name), text);
      await utimes(join(ended.run, name), 1000, 1000);
    }
    await utimes(ended.run, 1000, 1000);
    expect(await setUp.folder.leftBehind(Date.now(), 60_000)).toEqual([]);
    expect(await readdir(join(root.path, 'recorder'))).toEqual(['run-1']);
  });
});
