import { createReadStream } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { SynopticError } from '../../core/model/errors.ts';
import { type Chunk, chunksIn, MAGIC, printChunk, printJsonChunk } from '../../formats/capture/file/chunk.ts';
import type { CaptureHeader, Trim } from '../../formats/capture/header.ts';

const PIECE = 1024 * 1024;

export interface JoinOptions {
  /** The segments' files, in order. */
  readonly segments: readonly string[];
  readonly header: CaptureHeader;
}

export interface CopyOptions extends JoinOptions {
  /** Where the capture goes; there is none of that name until it is complete. */
  readonly path: string;
}

/**
 * Puts segments together to one capture.
 *
 * @throws what reading and writing throw; nothing is left behind then.
 */
export async function copySegments({ path, ...options }: CopyOptions): Promise<void> {
  const part = `${path}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    for await (const piece of joined(options)) await handle.writeFile(piece);
    await handle.sync();
    await handle.close();
    await rename(part, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(part).catch(() => undefined);
    throw error;
  }
}

/** One capture of segments, in pieces. Each chunk is held against its checksum on the way. A segment whose writer was killed is cut off behind its last sync point, and says so. */
export async function* joined({ segments, header }: JoinOptions): AsyncGenerator<Buffer> {
  yield Buffer.concat([MAGIC, printJsonChunk('H', header)]);
  for (const segment of segments) yield* chunksOfOne(segment);
  yield printJsonChunk('Z', { segments: segments.length });
}

async function* chunksOfOne(segment: string): AsyncGenerator<Buffer> {
  let isOpen = false;
  const torn = (trim: Trim): Buffer[] => {
    const ends = isOpen ? [printJsonChunk('T', trim)] : [];
    isOpen = false;
    return ends;
  };
  try {
    for await (const chunk of chunksIn(createReadStream(segment, { highWaterMark: PIECE }), segment)) {
      if (chunk.kind === 'torn') yield* torn({ bytes: chunk.bytes });
      else if (belongs(chunk)) {
        yield printChunk(chunk.kind, chunk.payload, chunk.raw);
        isOpen = chunk.kind !== 'E';
      }
    }
  } catch (error) {
    // A power cut may have left what nobody wrote: the same as a torn end.
    if (!(error instanceof SynopticError)) throw error;
  }
  yield* torn({ bytes: 0 });
}

function belongs({ kind }: Chunk): boolean {
  return kind === 'S' || kind === 'D' || kind === 'E';
}
