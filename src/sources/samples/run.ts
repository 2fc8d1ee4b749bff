import { pid } from 'node:process';
import type { ExecaError } from 'execa';
import { SynopticError } from '../../core/model/errors.ts';
import { heldOpen, type NetNamespace } from './netns.ts';

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** @default 5000 */
  readonly timeoutMs?: number;
}

/** Characters of output beyond which a sample is given up: about 300,000 sockets. */
const MAX_OUTPUT = 32 * 1024 * 1024;

/**
 * Runs a command in a network namespace and gives its output; null where the namespace is gone.
 *
 * @throws SynopticError SAMPLE_FAILED where the command is missing, fails, takes too long or prints too much.
 */
export async function runIn(namespace: NetNamespace, command: readonly string[], options: RunOptions): Promise<string | null> {
  if (namespace.own) return run(command, options);
  // Through our own open file: the namespace's path could by now lead to another one.
  return heldOpen(namespace, async (fd) => {
    try {
      return await run(['nsenter', `--net=/proc/${pid}/fd/${fd}`, '--', ...command], options);
    } catch (error) {
      throw refusedEntry(error) ?? error;
    }
  });
}

async function run(command: readonly string[], options: RunOptions): Promise<string> {
  const { signal, timeoutMs = 5000 } = options;
  const [file = '', ...args] = command;
  // Only where a command is run: the thread that looks knows this file, and runs none.
  const { ExecaError, execa } = await import('execa');
  try {
    const { stdout } = await execa(file, args, {
      stdin: 'ignore',
      timeout: timeoutMs,
      forceKillAfterDelay: 500,
      maxBuffer: MAX_OUTPUT,
      stripFinalNewline: false,
      env: { LC_ALL: 'C' },
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new SynopticError('SAMPLE_FAILED', `\`${command.join(' ')}\`: ${reasonOf(error, timeoutMs)}`, {
      ...(error.code === 'ENOENT' ? { mend: mendOf(file) } : {}),
      cause: error,
    });
  }
}

/** What nsenter says of itself holds for whatever was to be run there: in the same words each time, so that it is told once. */
function refusedEntry(error: unknown): SynopticError | null {
  const cause = error instanceof SynopticError ? error.cause : null;
  const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr ?? '') : '';
  const why = /^nsenter: (?!failed to execute).*: ([^:\n]+)\s*$/.exec(said)?.[1];
  if (why === undefined) return null;
  return new SynopticError('SAMPLE_FAILED', `another network namespace cannot be entered (nsenter: ${why})`, { cause: error });
}

function reasonOf(error: ExecaError, timeoutMs: number): string {
  if (error.code === 'ENOENT') return 'not found';
  if (error.isMaxBuffer) return `printed more than ${MAX_OUTPUT / 1024 / 1024} MiB`;
  if (error.timedOut) return `not done after ${timeoutMs} ms`;
  if (error.isCanceled) return 'stopped';
  const said = String(error.stderr ?? '').trim();
  return said === '' ? error.shortMessage : said;
}

function mendOf(file: string): string {
  return file === 'ss' ? 'apt-get install iproute2' : file === 'nsenter' ? 'apt-get install util-linux' : `install ${file}`;
}
