import { open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { SynopticError } from '../core/model/errors.ts';
import { writeAll } from './write-all.ts';

/**
 * Writes a file that is there whole or not at all: what is written has another name beside it until it is complete and on the disk. A file of
 * that name is replaced then; a device or a pipe is written as it is. For its owner only.
 *
 * @returns false where the reader of a pipe has seen enough.
 * @throws SynopticError OUTPUT_FAILED, and what `pieces` throws; nothing is left behind then.
 */
export async function writeWhole(pieces: AsyncIterable<string | Uint8Array>, path: string): Promise<boolean> {
  try {
    const found = await stat(path).catch(() => null);
    if (found !== null && !found.isFile()) return await write(pieces, path);
    // What a link leads to is replaced, not the link.
    return await throughPart(pieces, found === null ? path : await realpath(path));
  } catch (cause) {
    throw isOfOutput(cause) ? outputFailed(path, cause) : cause;
  }
}

async function throughPart(pieces: AsyncIterable<string | Uint8Array>, path: string): Promise<boolean> {
  const part = `${path}.${process.pid}.part`;
  try {
    const whole = await write(pieces, part);
    await using handle = await open(part, 'r');
    await handle.sync();
    await rename(part, path);
    return whole;
  } catch (cause) {
    await unlink(part).catch(() => undefined);
    throw cause;
  }
}

/** Comes back, in whatever way, once the file is closed: what is undone then stays undone. */
async function write(pieces: AsyncIterable<string | Uint8Array>, path: string): Promise<boolean> {
  const handle = await open(path, 'w', 0o600);
  const stream = handle.createWriteStream();
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
  });
  // Told by whoever waits for it.
  stream.on('error', () => undefined);
  try {
    const whole = await writeAll(pieces, stream);
    stream.end();
    await finished(stream);
    return whole;
  } catch (cause) {
    stream.destroy();
    await closed;
    throw cause;
  }
}

/** A system call failed, and reading a capture tells that in its own words. */
export function isOfOutput(cause: unknown): boolean {
  return cause instanceof SynopticError ? cause.code === 'OUTPUT_FAILED' : cause instanceof Error && 'syscall' in cause;
}

/** OUTPUT_FAILED in the words that every output has. */
export function outputFailed(path: string, fault: unknown): SynopticError {
  const cause = fault instanceof SynopticError ? fault.cause : fault;
  return new SynopticError('OUTPUT_FAILED', `The output cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
    where: path,
    mend: 'make room, or write elsewhere',
    cause,
  });
}
