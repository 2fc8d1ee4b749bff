import { createReadStream } from 'node:fs';
import { SynopticError } from '../../core/model/errors.ts';
import { type Chunk, chunksIn, type Torn } from '../../formats/capture/file/chunk.ts';

/** Read at a time, bytes. */
const PIECE = 1024 * 1024;

/** A file that cannot even be read. */
export function unreadable(file: string, cause: unknown): SynopticError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SynopticError('CAPTURE_UNREADABLE', `The capture cannot be read: ${reason}`, {
    where: file,
    expected: 'a capture’s file',
    cause,
  });
}

/**
 * The chunks of one file.
 *
 * @throws SynopticError CAPTURE_UNREADABLE, CAPTURE_DAMAGED, CAPTURE_REFUSED
 */
export async function* chunksOf(file: string): AsyncGenerator<Chunk | Torn> {
  try {
    yield* chunksIn(createReadStream(file, { highWaterMark: PIECE }), file);
  } catch (cause) {
    throw cause instanceof SynopticError ? cause : unreadable(file, cause);
  }
}
