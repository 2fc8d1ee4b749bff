import { readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createZstdCompress } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SynopticError } from '../../../src/core/model/errors.ts';
import type { Event } from '../../../src/core/model/event.ts';
import type { Input, SocketsInput } from '../../../src/core/model/input.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { MAGIC, printChunk, printJsonChunk } from '../../../src/formats/capture/file/chunk.ts';
import { printKernel } from '../../../src/formats/capture/file/frame.ts';
import { CAPTURE_VERSION } from '../../../src/formats/capture/header.ts';
import { Packer } from '../../../src/sinks/capture/packer.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { start } from '../../core/inputs.ts';
import { Folder, headerOf, headOf, writeCapture, writeSegment } from '../../sinks/capture/made.ts';

/** Small, so that each of its bytes can be tried. */
const START = { ...start, dropReasons: {}, resetReasons: {} };

const DEMO = fileURLToPath(new URL('../../../src/sources/replay/demo.capture', import.meta.url));
const OLD = fileURLToPath(new URL('./version-1.ndjson.zst', import.meta.url));

async function inputsOf(path: string): Promise<Input[]> {
  const inputs: Input[] = [];
  for await (const some of (await openCapture(path)).inputs()) inputs.push(...some);
  return inputs;
}

function eventsOf(inputs: readonly Input[]): Event[] {
  const [first] = inputs;
  if (first?.type !== 'start') throw new Error('a run begins with a start');
  const pipeline = new Pipeline(first, { maxSockets: 1_000_000 });
  return inputs.flatMap((input) => [...pipeline.accept(input)]);
}

const tick = (ms: number): Input => ({ type: 'tick', atNs: START.atNs + ms * 1e6, wallUs: START.wallUs + ms * 1000 });
const kernel = (ms: number, text: string): Input => ({ type: 'kernel', atNs: START.atNs + ms * 1e6, text });
const SMALL: readonly Input[] = [START, kernel(1, 'half a li'), tick(2), kernel(3, 'ne\xff\n'), tick(4)];

async function refusal(path: string): Promise<SynopticError> {
  const error = await inputsOf(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SynopticError);
  return error as SynopticError;
}

describe('a capture', () => {
  it('gives again exactly what was put in, bytes beyond ASCII and long listings too', async () => {
    using folder = new Folder();
    const sockets = Array.from({ length: 5000 }, (_, i) => {
      const ends = { laddr: '10.0.0.1', lport: 1 + i, raddr: '10.0.0.2', rport: 443 };
      return { ...ends, state: 'ESTABLISHED' as const, pid: null, comm: 'žluť', remainingMs: null };
    });
    const listing: SocketsInput = { type: 'sockets', fromNs: START.atNs, atNs: START.atNs + 5e6, netns: null, sockets };
    const inputs = [...SMALL, listing, { ...listing, sockets: [] }, { ...tick(6), atNs: START.atNs + 0.1 } as Input];
    await writeCapture(folder.file('a.capture'), inputs);
    expect(await inputsOf(folder.file('a.capture'))).toEqual(inputs);
  });

  it('of the demo replays to the events of the recording of version 1 that it was made from', async () => {
    const events = eventsOf(await inputsOf(DEMO));
    expect(events.length).toBeGreaterThan(1000);
    expect(events).toEqual(eventsOf(await inputsOf(OLD)));
  });

  it('can be read again while it is being read', async () => {
    const capture = await openCapture(DEMO);
    for await (const _first of capture.inputs()) break;
    let inputs = 0;
    for await (const some of capture.inputs()) inputs += some.length;
    expect(inputs).toBe((await inputsOf(OLD)).length);
  });

  it('is read from a folder of segments, and tells which of them are missing', async () => {
    using folder = new Folder();
    await writeSegment(folder.file('000000.segment'), SMALL);
    expect(await inputsOf(folder.path)).toEqual(SMALL);
    const later = Buffer.concat([MAGIC, printJsonChunk('H', headerOf(START)), printJsonChunk('S', headOf(START, { index: 3 }))]);
    await writeFile(folder.file('000003.segment'), later);
    const told = (await inputsOf(folder.path)).slice(SMALL.length);
    expect(told.map((input) => input.type === 'unsampled' && input.why)).toEqual([
      'segments 1 to 2 of the recording are missing',
      expect.stringContaining('ended without its end'),
    ]);
  });

  it('that begins within a run begins with what was known then', async () => {
    using folder = new Folder();
    const up = { type: 'kernel-up', atNs: START.atNs, version: '0.17.0', hooks: [] } as const;
    const head = headOf(START, { index: 7, fromNs: START.atNs + 9e9, up, rest: 'half', share: 64 });
    const bytes = [MAGIC, printJsonChunk('H', headerOf(START)), printJsonChunk('S', head)];
    await writeFile(folder.file('7.segment'), Buffer.concat(bytes));
    const [first, running, kernelText] = await inputsOf(folder.file('7.segment'));
    expect(first).toMatchObject({ type: 'start', atNs: head.fromNs, wallUs: head.wallUs });
    expect(running).toEqual({ ...up, atNs: head.fromNs, running: true });
    expect(kernelText).toMatchObject({ type: 'kernel', text: `B ${head.fromNs.toString(16)} 64\nhalf` });
  });
});

describe('a damaged capture', () => {
  it('is known for damaged whichever single byte of it is changed, and whichever way', async () => {
    using folder = new Folder();
    const path = folder.file('a.capture');
    await writeCapture(path, SMALL);
    const whole = await readFile(path);
    const broken = folder.file('broken.capture');
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1 << (at % 8), 0xff]) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
        await writeFile(broken, bytes);
        const error = await inputsOf(broken).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof SynopticError)) expect.fail(`byte ${at} ^ ${flip} went unnoticed: ${String(error)}`);
        expect(error.code).toMatch(/^CAPTURE_(DAMAGED|REFUSED|NEWER)$/);
      }
    }
  }, 180_000);

  it('that was cut anywhere gives what was whole before, in order, and says that it was cut', async () => {
    using folder = new Folder();
    const path = folder.file('a.capture');
    await writeCapture(path, SMALL);
    const whole = await readFile(path);
    const cut = folder.file('cut.capture');
    const headerEnd = whole.indexOf('{"segments"') - 40;
    for (let length = 0; length < whole.length; length++) {
      await writeFile(cut, whole.subarray(0, length));
      const inputs = await inputsOf(cut).catch((thrown: unknown) => thrown);
      if (!Array.isArray(inputs)) {
        expect(inputs).toMatchObject({ code: 'CAPTURE_DAMAGED' });
        expect(length).toBeLessThan(headerEnd);
        continue;
      }
      const last: Input | undefined = inputs.at(-1);
      expect(last).toMatchObject({ type: 'unsampled', why: expect.stringContaining('ended without its end') });
      expect(inputs.slice(0, -1)).toEqual(SMALL.slice(0, inputs.length - 1));
    }
  }, 180_000);

  it('of version 2, which knew no owners, is read as one of today', async () => {
    using folder = new Folder();
    const header = { ...headerOf(START), synopticCapture: 2 };
    const chunks = [MAGIC, printJsonChunk('H', header), printJsonChunk('S', headOf(START))];
    await writeFile(folder.file('old'), Buffer.concat(chunks));
    const capture = await openCapture(folder.file('old'));
    expect(capture.header).toEqual(headerOf(START));
    expect((await inputsOf(folder.file('old')))[0]).toEqual(START);
  });

  it('of a newer version is refused for that, with what this Synoptic knows', async () => {
    using folder = new Folder();
    const header = { ...headerOf(START), synopticCapture: CAPTURE_VERSION + 1, shape: 'unknown' };
    await writeFile(folder.file('new'), Buffer.concat([MAGIC, printJsonChunk('H', header)]));
    expect(await refusal(folder.file('new'))).toMatchObject({
      code: 'CAPTURE_NEWER',
      expected: expect.stringContaining(`version ${CAPTURE_VERSION}`),
    });
  });

  it('that unpacks to more than it claims is stopped before it does', async () => {
    using folder = new Folder();
    const bomb = await packed(Buffer.alloc(64 * 1024 * 1024));
    const begin = [MAGIC, printJsonChunk('H', headerOf(START)), printJsonChunk('S', headOf(START))];
    await writeFile(folder.file('bomb'), Buffer.concat([...begin, printChunk('D', bomb, 1000)]));
    const before = process.memoryUsage().rss;
    expect(await refusal(folder.file('bomb'))).toMatchObject({
      code: 'CAPTURE_DAMAGED',
      message: expect.stringContaining('more than the 1000'),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('that claims more than a chunk may, or more than any recording unpacks to, is refused unread', async () => {
    using folder = new Folder();
    const begin = [MAGIC, printJsonChunk('H', headerOf(START)), printJsonChunk('S', headOf(START))];
    await writeFile(folder.file('big'), Buffer.concat([...begin, printChunk('D', Buffer.alloc(10), 0xffffffff)]));
    expect(await refusal(folder.file('big'))).toMatchObject({ code: 'CAPTURE_REFUSED' });
    using packer = new Packer();
    const pieces: Buffer[] = [];
    for (let piece = 0; piece < 9; piece++) {
      const text = printKernel(START.atNs, 'x'.repeat(8 * 1024 * 1024 - 13));
      pieces.push(printChunk('D', await packer.pack([text]), text.length));
    }
    await writeFile(folder.file('ratio'), Buffer.concat([...begin, ...pieces]));
    expect(await refusal(folder.file('ratio'))).toMatchObject({ code: 'CAPTURE_REFUSED', message: expect.stringContaining('1000 times') });
  });

  it('that spreads such a bomb over many segments is refused all the same', async () => {
    using folder = new Folder();
    const parts = [MAGIC, printJsonChunk('H', headerOf(START))];
    const text = printKernel(START.atNs, 'x'.repeat(8 * 1024 * 1024 - 13));
    for (let index = 0; index < 3; index++) {
      using packer = new Packer();
      parts.push(printJsonChunk('S', headOf(START, { index })));
      for (let piece = 0; piece < 3; piece++) parts.push(printChunk('D', await packer.pack([text]), text.length));
      parts.push(printJsonChunk('T', { bytes: 0 }));
    }
    await writeFile(folder.file('spread'), Buffer.concat(parts));
    expect(await refusal(folder.file('spread'))).toMatchObject({ code: 'CAPTURE_REFUSED', message: expect.stringContaining('1000 times') });
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'CAPTURE_DAMAGED'],
    ['text', Buffer.from('synoptic: true\n'), 'CAPTURE_DAMAGED'],
    ['a zstd file of something else', null, 'CAPTURE_DAMAGED'],
  ])('is told from %s', async (_what, bytes, code) => {
    using folder = new Folder();
    await writeFile(folder.file('x'), bytes ?? (await packed(Buffer.from('{"not":"ours"}\n'))));
    expect(await refusal(folder.file('x'))).toMatchObject({ code });
  });

  it('is told from what is not there, from a device and from an empty folder', async () => {
    using folder = new Folder();
    await symlink('/dev/zero', folder.file('zero'));
    for (const name of ['nothing', 'zero', '']) expect(await refusal(folder.file(name))).toMatchObject({ code: 'CAPTURE_UNREADABLE' });
  });

  it('whose last bytes a copy lost is told from one that ended well', async () => {
    using folder = new Folder();
    const path = folder.file('a.capture');
    await writeCapture(path, SMALL);
    await truncate(path, (await readFile(path)).length - 1);
    expect((await inputsOf(path)).at(-1)).toMatchObject({ type: 'unsampled' });
  });
});

async function packed(bytes: Buffer): Promise<Buffer> {
  const stream = createZstdCompress();
  stream.end(bytes);
  return Buffer.concat(await stream.toArray());
}
