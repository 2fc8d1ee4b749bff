import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { coreOptions } from '../../../src/commands/capture-core.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { type Chunk, ChunkReader, chunksIn, MAGIC, printChunk, type Torn } from '../../../src/formats/capture/file/chunk.ts';
import { parseHeader } from '../../../src/formats/capture/file/parse.ts';
import type { CaptureHeader } from '../../../src/formats/capture/header.ts';
import { Assembler } from '../../../src/sources/replay/assemble.ts';
import { type Json, mutatedJson } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import type { Outcome, Reader, Target } from '../target.ts';
import { tellable } from './core.ts';

const GOLDENS = ['syn-lost-once', 'connect-refused', 'half-closer'];

interface Piece {
  readonly kind: Chunk['kind'];
  readonly payload: Buffer;
  readonly raw: number;
}

/** Whole capture files: bytes that no checksum covers any more, and chunks that are changed, moved, doubled or left out and summed anew. */
class CaptureFiles implements Reader {
  readonly #files: readonly { readonly bytes: Buffer; readonly chunks: readonly Piece[] }[];

  constructor(files: readonly Buffer[]) {
    this.#files = files.map((bytes) => ({ bytes, chunks: [...new ChunkReader('a file').push(bytes)] }));
  }

  make(random: Random): Buffer {
    const { bytes, chunks } = random.pick(this.#files);
    if (random.oneIn(4)) return torn(bytes, random);
    let pieces = [...chunks];
    for (let times = 1 + random.below(3); times > 0; times--) pieces = changed(pieces, random);
    return Buffer.concat([MAGIC, ...pieces.map(({ kind, payload, raw }) => printChunk(kind, payload, raw))]);
  }

  async read(input: string | Buffer): Promise<Outcome> {
    const bytes = Buffer.from(input);
    using assembler = new Assembler();
    assembler.begin('a file');
    let header: CaptureHeader | null = null;
    let pipeline: Pipeline | null = null;
    let torn: Torn | null = null;
    for await (const chunk of chunksIn(inPieces(bytes), 'a file')) {
      if (chunk.kind === 'torn') torn = chunk;
      else {
        if (chunk.kind === 'H') header ??= parseHeader(chunk.payload, 'a file');
        for (const one of await assembler.take(chunk)) {
          if (one.type === 'start' && header !== null) pipeline ??= new Pipeline(one, { ...coreOptions(header), maxSockets: 500 });
          for (const event of pipeline?.accept(one) ?? []) tellable(event);
        }
      }
    }
    for (const one of assembler.end(torn)) for (const event of pipeline?.accept(one) ?? []) tellable(event);
    return torn === null ? 'accepted' : 'accepted, torn';
  }
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  const middle = bytes.length >> 1;
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}

function torn(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes.subarray(0, random.oneIn(2) ? bytes.length : random.below(bytes.length + 1)));
  for (let times = random.below(3); times > 0 && copy.length > 0; times--) copy.writeUInt8(random.below(256), random.below(copy.length));
  return copy;
}

function changed(pieces: readonly Piece[], random: Random): Piece[] {
  const at = random.below(pieces.length);
  const chosen = pieces[at];
  if (chosen === undefined) return [...pieces];
  switch (random.below(6)) {
    case 0:
      return pieces.toSpliced(at, 1);
    case 1:
      return pieces.toSpliced(random.below(pieces.length + 1), 0, chosen);
    case 2:
      return pieces.with(at, { ...chosen, kind: random.pick(['H', 'S', 'D', 'E', 'T', 'Z', 'N']) });
    case 3:
      return pieces.with(at, { ...chosen, raw: random.pick([0, 1, chosen.raw - 1, chosen.raw + 1, 8 * 1024 * 1024, 0xffffffff]) >>> 0 });
    default:
      return pieces.with(at, { ...chosen, payload: changedPayload(chosen.payload, random) });
  }
}

/** By what it holds, and not by its kind, which may have been changed before. */
function changedPayload(payload: Buffer, random: Random): Buffer {
  const value = payload[0] === OBJECT ? jsonIn(payload) : null;
  return value === null ? torn(payload, random) : Buffer.from(JSON.stringify(mutatedJson(value, random)));
}

function jsonIn(payload: Buffer): Json {
  try {
    return JSON.parse(payload.toString('utf8')) as Json;
  } catch {
    return null; // torn before
  }
}

/** `{`, with which no zstd stream begins. */
const OBJECT = 123;

export const capture: Target = {
  name: 'capture',
  about: 'whole capture files, damaged and forged, checksums made right again; through the reader, the unpacker and the core',
  thousands: 150,
  open: async () => {
    const paths = GOLDENS.map((name) => fileURLToPath(new URL(`../../golden/${name}/inputs.capture`, import.meta.url)));
    return new CaptureFiles(await Promise.all(paths.map((path) => readFile(path))));
  },
};
