import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { SynopticError } from '../../core/model/errors.ts';
import { parseRecording } from '../../formats/recording.ts';

/** A demo is some hundred KiB; nothing larger is unpacked into memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a recording from a file.
 *
 * @throws SynopticError RECORDING_UNREADABLE
 */
export function readRecording(file: string): ReturnType<typeof parseRecording> {
  let text: string;
  try {
    text = zstdDecompressSync(readFileSync(file), { maxOutputLength: MAX_BYTES }).toString('utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SynopticError('RECORDING_UNREADABLE', `The recording cannot be read: ${reason}`, {
      where: file,
      expected: 'a zstd-compressed recording',
      cause,
    });
  }
  return parseRecording(text, file);
}
