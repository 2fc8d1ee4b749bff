import { once } from 'node:events';
import { SynopticError } from '../core/model/errors.ts';

/** Collected before it is written, characters. */
const BATCH = 256 * 1024;

/**
 * Writes lines, or bytes, as fast as they are taken, and holds no more than a batch.
 *
 * @returns false where the reader has seen enough: that is how a pipe ends, not a failure.
 * @throws SynopticError OUTPUT_FAILED
 */
export async function writeAll(pieces: AsyncIterable<string | Uint8Array>, to: NodeJS.WritableStream): Promise<boolean> {
  let fault: NodeJS.ErrnoException | null = null;
  const onError = (error: NodeJS.ErrnoException): void => {
    fault = error;
  };
  to.on('error', onError);
  const write = async (piece: string | Uint8Array): Promise<boolean> => {
    if (fault === null && !to.write(piece)) await drained(to);
    return fault === null;
  };
  try {
    let batch = '';
    for await (const piece of pieces) {
      if (typeof piece !== 'string') {
        if (!(await write(piece))) break;
        continue;
      }
      batch += piece;
      if (batch.length < BATCH) continue;
      if (!(await write(batch))) break;
      batch = '';
    }
    if (batch !== '') await write(batch);
    await new Promise<void>((resolve) => to.write('', () => resolve()));
  } finally {
    to.off('error', onError);
    if (fault !== null) to.on('error', () => undefined);
  }
  return ended(fault);
}

/** There is room again, or never will be. */
async function drained(to: NodeJS.WritableStream): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const either = [once(to, 'drain', { signal }), once(to, 'close', { signal })].map((event) => event.catch(() => undefined));
  await Promise.race(either);
  over.abort();
}

function ended(fault: NodeJS.ErrnoException | null): boolean {
  if (fault === null) return true;
  if (fault.code === 'EPIPE') return false;
  throw new SynopticError('OUTPUT_FAILED', `The output cannot be written: ${fault.message}`, {
    mend: 'make room, or write elsewhere',
    cause: fault,
  });
}
