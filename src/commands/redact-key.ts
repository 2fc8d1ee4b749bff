import { readFile, writeFile } from 'node:fs/promises';
import { SynopticError } from '../core/model/errors.ts';
import { RedactKey } from '../export/redact/key.ts';

/** Longer is no key. */
const MOST = 1024;

/**
 * The key in a file; where there is none, a new one is made and kept there.
 *
 * @throws SynopticError REDACT_KEY
 */
export async function redactKeyIn(file: string, say: (line: string) => void): Promise<RedactKey> {
  try {
    const made = RedactKey.random();
    await writeFile(file, `${made.text}\n`, { mode: 0o600, flag: 'wx' });
    say(`made a new key in ${file}: whoever has it can tell which stand-in is whose`);
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw noKey(file, error);
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw noKey(file, error);
  });
  const key = text.length > MOST ? null : RedactKey.parse(text);
  if (key === null) throw noKey(file, 'it holds something else');
  return key;
}

function noKey(file: string, cause: unknown): SynopticError {
  return new SynopticError('REDACT_KEY', `The key cannot be had: ${cause instanceof Error ? cause.message : String(cause)}`, {
    where: file,
    expected: '64 hex digits, as Synoptic writes them; a file that is not there is made',
    cause,
  });
}
