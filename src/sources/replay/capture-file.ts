import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Input } from '../../core/model/input.ts';
import { damaged, type Torn } from '../../formats/capture/file/chunk.ts';
import { parseHeader } from '../../formats/capture/file/parse.ts';
import { headerOfVersion1, parseVersion1 } from '../../formats/capture/file/version-1.ts';
import type { CaptureHeader, Note } from '../../formats/capture/header.ts';
import { ahead } from './ahead.ts';
import { Assembler } from './assemble.ts';
import { chunksOf, unreadable } from './chunks.ts';

/** Of version 1, which is unpacked as a whole, bytes. */
const MAX_OLD_BYTES = 256 * 1024 * 1024;
/** How zstd begins: version 1 had nothing around it. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** A capture that can be read from its beginning, any number of times. */
export interface Capture {
  readonly header: CaptureHeader;
  /** In the order in which they were taken; the first is a `start`. What could not be kept, and an end that is none, come as `unsampled`. */
  inputs(): AsyncGenerator<readonly Input[]>;
  /** All of them once the inputs were read to their end. */
  readonly notes: readonly Note[];
  /** How much of its bytes the last reading has read, 0 to 1. */
  readonly read: number;
}

/**
 * Opens a capture: a frozen one, one segment of the flight recorder, a folder of those, or a recording of version 1. Nothing but regular
 * files is read, and no more of one at a time than a chunk.
 *
 * @throws SynopticError CAPTURE_UNREADABLE, CAPTURE_DAMAGED, CAPTURE_NEWER, CAPTURE_REFUSED; reading the inputs throws them too.
 */
export async function openCapture(path: string): Promise<Capture> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (found.isDirectory()) return openFiles(await segmentsIn(path));
  if (!found.isFile()) throw unreadable(path, 'it is no regular file');
  return (await isVersion1(path)) ? openVersion1(path) : openFiles([path]);
}

async function segmentsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d+\.segment$/.test(name)).sort();
  if (names.length === 0) throw unreadable(folder, 'the folder holds no segments');
  return names.map((name) => join(folder, name));
}

async function openFiles(files: readonly string[]): Promise<Capture> {
  const header = await headerOf(files[0] ?? '');
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  let assembler = new Assembler();
  async function* read(): AsyncGenerator<readonly Input[]> {
    assembler = new Assembler();
    done = 0;
    using reading = assembler;
    for (const file of files) {
      reading.begin(file);
      let torn: Torn | null = null;
      for await (const chunk of chunksOf(file)) {
        done += chunk.bytes;
        if (chunk.kind === 'torn') torn = chunk;
        else {
          const inputs = await reading.take(chunk);
          if (inputs.length > 0) yield inputs;
        }
      }
      const told = reading.end(torn);
      if (told.length > 0) yield told;
    }
  }
  return {
    header,
    get read() {
      return Math.min(1, done / total);
    },
    get notes() {
      return assembler.notes;
    },
    inputs: () => ahead(read()),
  };
}

async function headerOf(file: string): Promise<CaptureHeader> {
  for await (const chunk of chunksOf(file)) {
    if (chunk.kind === 'H') return parseHeader(chunk.payload, file);
    break;
  }
  throw damaged(file, 0, 'The capture has no header');
}

async function isVersion1(path: string): Promise<boolean> {
  const handle = await open(path, 'r').catch((cause) => {
    throw unreadable(path, cause);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(ZSTD.length), 0, ZSTD.length, 0);
    return bytesRead === ZSTD.length && buffer.equals(ZSTD);
  } finally {
    await handle.close();
  }
}

/** Upgraded while it is read: the file stays as it is. */
async function openVersion1(path: string): Promise<Capture> {
  let text: string;
  try {
    text = zstdDecompressSync(await readFile(path), { maxOutputLength: MAX_OLD_BYTES }).toString('utf8');
  } catch (cause) {
    throw damaged(path, 0, `The recording cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const old = parseVersion1(text, path);
  return {
    header: headerOfVersion1(old, basename(path)),
    notes: [],
    // It was unpacked as a whole.
    read: 1,
    async *inputs() {
      yield [old.start, ...old.inputs];
    },
  };
}
