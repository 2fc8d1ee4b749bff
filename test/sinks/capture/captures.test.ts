import { appendFile, chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GapEvent } from '../../../src/core/model/event.ts';
import { printJsonChunk } from '../../../src/formats/capture/file/chunk.ts';
import { NOTES_MAX } from '../../../src/formats/capture/header.ts';
import { CaptureList } from '../../../src/formats/capture/summary.ts';
import { DataFolder } from '../../../src/sinks/capture/data-folder.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { start } from '../../core/inputs.ts';
import { Folder } from './made.ts';

import { NOW, SetUp, ticksOf } from './set-up.ts';

/** A finding that has just opened. */
const finding = (summary: string) => ({ id: summary, phase: 'open', severity: 'warning', summary }) as const;

/** So many records lost in the second that begins at `ms`. */
const gap = (ms: number, lost: number): GapEvent => ({
  ...{ kind: 'gap', seq: 1, ns: 0, wallUs: 0, cause: 'buffer-full', lost, shed: 0, what: null, parts: [] },
  ...{ fromNs: start.atNs + ms * 1e6, toNs: start.atNs + (ms + 1000) * 1e6 },
});

describe('freezing', () => {
  it('says what is known to be missing in its time, and of no other time', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    for (const [ms, lost] of [
      [0, 1000],
      [5000, 7],
    ] as const)
      setUp.captures.onGap(gap(ms, lost));
    setUp.pass(4000);
    await setUp.recorder.cut();
    setUp.pass(4000);
    const late = setUp.captures.freeze({ ...NOW, beforeMs: 1000 });
    await setUp.frozen(late.id);
    expect((await setUp.captures.get(late.id)).missing).toEqual({ gaps: 1, lost: 7, shed: 0, leftOut: 0 });
    const all = setUp.captures.freeze(NOW);
    await setUp.frozen(all.id);
    expect((await setUp.captures.get(all.id)).missing).toEqual({ gaps: 2, lost: 1007, shed: 0, leftOut: 0 });
  });

  it('makes one file of all that is recorded, which replays by itself', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    await setUp.recorder.cut();
    setUp.pass(1000);
    const asked = setUp.captures.freeze({ ...NOW, reason: 'checkout was slow' });
    expect(asked).toMatchObject({ state: 'waiting', trigger: 'request', reason: 'checkout was slow', bytes: null });
    const path = await setUp.frozen(asked.id);
    expect(await ticksOf(path)).toEqual([1000, 2000]);
    const { header } = await openCapture(path);
    expect(header.frozen).toMatchObject({ id: asked.id, reason: 'checkout was slow' });
    const list = CaptureList.parse(await setUp.captures.list());
    expect(list.captures).toEqual([expect.objectContaining({ id: asked.id, state: 'ready', bytes: (await stat(path)).size })]);
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('takes only as much of the time before as is wanted', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    for (let minute = 0; minute < 4; minute++) {
      setUp.pass(60_000);
      await setUp.recorder.cut();
    }
    const { id } = setUp.captures.freeze({ ...NOW, beforeMs: 90_000 });
    expect(await ticksOf(await setUp.frozen(id))).toEqual([180_000, 240_000]);
  });

  it('is done once for findings that come close together, and again for a later one', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    for (const summary of ['first', 'second', 'third']) setUp.captures.onFinding(finding(summary));
    setUp.pass(400_000);
    setUp.captures.onFinding({ ...finding('first'), phase: 'update' });
    setUp.captures.onFinding(finding('much later'));
    // The time after is cut short when all ends.
    await setUp.captures.settle();
    const { captures } = await setUp.captures.list();
    expect(captures.map(({ trigger, reason }) => [trigger, reason])).toEqual([
      ['finding', 'much later'],
      ['finding', 'first'],
    ]);
  });

  it('is done for a finding once it is more than worth knowing, and again only where it comes back after it was over', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    const { captures } = setUp;
    const reasons = async () => (await captures.list()).captures.map(({ reason }) => reason).sort();
    setUp.pass(1000);
    captures.onFinding({ ...finding('mild'), severity: 'info' });
    expect(await reasons()).toEqual([]);
    captures.onFinding({ ...finding('mild'), phase: 'update', summary: 'worse' });
    expect(await reasons()).toEqual(['worse']);
    setUp.pass(400_000);
    captures.onFinding({ ...finding('mild'), phase: 'update', summary: 'still' });
    captures.onFinding({ ...finding('mild'), phase: 'resolved', summary: 'over' });
    expect(await reasons()).toEqual(['worse']);
    captures.onFinding({ ...finding('mild'), summary: 'back' });
    expect(await reasons()).toEqual(['back', 'worse']);
    await captures.settle();
  });

  it('is not made once it was removed while it waited for its time after, and makes room for another', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    const hour = { ...NOW, afterMs: 3_600_000 };
    const waiting = Array.from({ length: 6 }, () => setUp.captures.freeze(hour).id);
    expect(() => setUp.captures.freeze(hour)).toThrow('others are being frozen');
    for (const id of waiting) await setUp.captures.remove(id);
    await expect(setUp.captures.get(waiting[0] ?? '')).rejects.toThrow('no capture');
    const { id } = setUp.captures.freeze(hour);
    await setUp.captures.settle();
    expect((await setUp.captures.list()).captures.map((one) => one.id)).toEqual([id]);
  });

  it('leaves room for findings and signals, however many requests wait for their time after', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    const ask = () => setUp.captures.freeze({ ...NOW, afterMs: 3_600_000 });
    for (let times = 0; times < 6; times++) ask();
    expect(ask).toThrow('6 others are being frozen');
    setUp.captures.onFinding(finding('a listener is full'));
    await setUp.frozen(setUp.captures.freeze({ ...NOW, trigger: 'signal' }).id);
    expect((await setUp.captures.list()).captures.map(({ trigger }) => trigger)).toEqual(expect.arrayContaining(['finding', 'signal']));
  });

  it('says why it failed, leaves nothing half behind, and lets that be forgotten', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root, { folder: join(root.path, 'nowhere') });
    setUp.pass(1000);
    const { id } = setUp.captures.freeze(NOW);
    await expect.poll(async () => (await setUp.captures.get(id)).fault, { timeout: 5000 }).toContain('ENOENT');
    expect(setUp.said.at(-1)).toContain(`capture ${id} could not be frozen`);
    await setUp.captures.remove(id);
    await expect(setUp.captures.get(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('removes what is too old or too much, never the newest, and says so', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root, { keepMs: 3_600_000, keepBytes: 1 });
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      setUp.pass(60_000);
      const { id } = setUp.captures.freeze(NOW);
      await setUp.frozen(id);
      ids.push(id);
    }
    await setUp.captures.settle();
    expect((await setUp.captures.list()).captures.map(({ id }) => id)).toEqual(ids.slice(-1));
    for (const id of ids.slice(0, 2)) expect(setUp.said).toContainEqual(expect.stringContaining(`removed capture ${id}`));
  });
});

describe('a frozen capture', () => {
  it('takes notes, which travel with it and leave its inputs as they are', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    const { id } = setUp.captures.freeze(NOW);
    const path = await setUp.frozen(id);
    const note = { at: '2026-11-21T03:15:00.000000Z', text: 'looks like the switch\nask Žofie' };
    expect((await setUp.captures.catalogue.note(id, note)).notes).toEqual([note]);
    expect(await ticksOf(path)).toEqual([1000]);
    const capture = await openCapture(path);
    for await (const _inputs of capture.inputs());
    expect(capture.notes).toEqual([note]);
  });

  it('takes a thousand notes and no more: whoever may write them may not fill the disk', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    const { id } = setUp.captures.freeze(NOW);
    const path = await setUp.frozen(id);
    const note = { at: '2026-11-21T03:15:00.000000Z', text: 'again' };
    const many = Buffer.concat(Array.from({ length: NOTES_MAX }, () => printJsonChunk('N', note)));
    await appendFile(path, many);
    await expect(setUp.captures.catalogue.note(id, note)).rejects.toMatchObject({ code: 'CAPTURE_NOT_KEPT' });
    await appendFile(path, printJsonChunk('N', note));
    await expect(ticksOf(path)).rejects.toMatchObject({ code: 'CAPTURE_REFUSED' });
  });

  it('is found by its id and by nothing else', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    await writeFile(join(root.path, 'secret.capture'), 'x');
    for (const id of ['../secret', 'secret', '', '20261121T031500-request-1f2e', '..%2fsecret', '20261121T031500-../../-1f2e']) {
      await expect(setUp.captures.remove(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(setUp.captures.catalogue.note(id, { at: '', text: '' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await readFile(join(root.path, 'secret.capture'), 'utf8')).toBe('x');
  });
});

describe('a data folder', () => {
  it('that cannot be written is refused, with another way', async () => {
    const opened = DataFolder.open('/proc/nowhere', { run: 'r' });
    await expect(opened).rejects.toMatchObject({ code: 'DATA_UNWRITABLE', mend: expect.stringContaining('--data') });
  });

  it('is for its owner only, and so is every file in it', async () => {
    using root = new Folder();
    await using setUp = await SetUp.make(root);
    setUp.pass(1000);
    const path = await setUp.frozen(setUp.captures.freeze(NOW).id);
    const modes = [setUp.folder.captures, setUp.folder.run, path].map(async (name) => (await stat(name)).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o600]);
    for (const name of await readdir(setUp.folder.run)) expect((await stat(join(setUp.folder.run, name))).mode & 0o077).toBe(0);
  });

  it('that anybody may write to is refused: names in it may lead anywhere', async () => {
    using root = new Folder();
    await mkdir(join(root.path, 'captures'));
    await chmod(join(root.path, 'captures'), 0o777);
    await expect(DataFolder.open(root.path, { run: 'r' })).rejects.toMatchObject({
      code: 'DATA_UNWRITABLE',
      message: expect.stringContaining('by anybody'),
    });
  });
});
