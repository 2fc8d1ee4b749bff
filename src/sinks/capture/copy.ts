import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { SynopticError } from '../../core/model/errors.ts';
import { type Chunk, chunksIn, MAGIC, printChunk, printJsonChunk } from '../../formats/capture/file/chunk.ts';
import type { CaptureHeader, Trim } from '../../formats/capture/header.ts';

const PIECE = 1024 * 1024;

export interface CopyOptions {
  /** The segments' files, in order. */
  readonly segments: readonly string[];
  readonly header: CaptureHeader;
  /** Where the capture goes; there is none of that name until it is complete. */
  readonly path: string;
}

/**
 * Puts segments together to one capture. Each chunk is held against its checksum on the way. A segment whose writer was killed is cut off
 * behind its last sync point, and says so.
 *
 * @throws what reading and writing throw; nothing is left behind then.
 */
export async function copySegments({ segments, header, path }: CopyOptions): Promise<void> {
  const part = `${path}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(Buffer.concat([MAGIC, printJsonChunk('H', header)]));
    for (const segment of segments) await copyOne(segment, handle);
    await handle.writeFile(printJsonChunk('Z', { segments: segments.length }));
    await handle.sync();
    await handle.close();
    await rename(part, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(part).catch(() => undefined);
    throw error;
  }
}

async function copyOne(segment: string, handle: FileHandle): Promise<void> {
  let isOpen = false;
  const end = async (trim: Trim): Promise<void> => {
    if (isOpen) await handle.writeFile(printJsonChunk('T', trim));
    isOpen = false;
  };
  try {
    for await (const chunk of chunksIn(createReadStream(segment, { highWaterMark: PIECE }), segment)) {
      if (chunk.kind === 'torn') await end({ bytes: chunk.bytes });
      else if (belongs(chunk)) {
        await handle.writeFile(printChunk(chunk.kind, chunk.payload, chunk.raw));
        isOpen = chunk.kind !== 'E';
      }
    }
    await end({ bytes: 0 });
  } catch (error) {
    // A power cut may have left what nobody wrote: the same as a torn end.
    if (!(error instanceof SynopticError)) throw error;
    await end({ bytes: 0 });
  }
}

function belongs({ kind }: Chunk): boolean {
  return kind === 'S' || kind === 'D' || kind === 'E';
}
