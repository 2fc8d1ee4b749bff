import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SynopticError } from '../../core/model/errors.ts';
import { isOwned, own } from './owner.ts';
import { giveTo, type Ids, mustBeOurs } from './trusted.ts';

export type { Ids } from './trusted.ts';

/** One whose owner cannot be told counts as dead once nothing was written for so long, ms: a living recorder writes each half second. */
const SILENT_MS = 60_000;
const ADOPTED = '.adopted';
const PART = '.capture.part';

/**
 * Where captures are kept: `captures/` holds the frozen ones, `recorder/RUN/` the segments of one run of one observer. Each observer writes
 * into a folder of its own, so that two of them never meet.
 */
export class DataFolder {
  readonly captures: string;
  readonly run: string;
  readonly #recorder: string;

  private constructor(root: string, run: string) {
    this.captures = join(root, 'captures');
    this.#recorder = join(root, 'recorder');
    this.run = join(this.#recorder, run);
  }

  /**
   * Makes what is missing, as whoever this process is now. `run` names this run.
   *
   * @throws SynopticError DATA_UNWRITABLE
   */
  static async open(root: string, { run }: { run: string }): Promise<DataFolder> {
    const folder = new DataFolder(root, run);
    try {
      // What sockets there are is nobody else's business.
      for (const path of [root, folder.captures, folder.#recorder, folder.run]) await make(resolve(path));
      for (const path of [folder.captures, folder.#recorder, folder.run]) await mustBeOurs(path, null);
      await own(folder.run);
      return folder;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SynopticError('DATA_UNWRITABLE', `The data folder cannot be written: ${reason}`, {
        where: root,
        expected: 'a folder that this user may write to',
        mend: '--data DIR names another one',
        cause,
      });
    }
  }

  /**
   * While this process may still do so: makes the folder and gives it to the user that it is about to become. What is not done here, that
   * user is told in words when it opens the folder: root may lack CAP_CHOWN, as in a container, and there it was made beforehand; and what
   * strangers have made is given to nobody.
   */
  static async giveTo(root: string, user: Ids): Promise<void> {
    const { captures, run: recorder } = new DataFolder(root, '');
    try {
      for (const path of [root, captures, recorder]) await make(resolve(path));
      for (const path of [captures, recorder]) await mustBeOurs(path, user);
      await giveTo(await realpath(root), user);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }

  /**
   * Takes over the folders of runs whose observer is dead; nobody else does then. Those that ended by themselves and are older than
   * `windowMs` are removed; those that did not end by themselves are given, to be frozen. So are those whose taker died before they were frozen;
   * what it had written of captures by then is removed.
   */
  async leftBehind(nowMs: number, windowMs: number): Promise<string[]> {
    await this.#removeParts(nowMs);
    const found: string[] = [];
    for (const name of await readdir(this.#recorder)) {
      const folder = join(this.#recorder, name);
      if (folder === this.run) continue;
      const ageMs = nowMs - (await changedMs(folder));
      const owned = await isOwned(folder);
      if (owned === true || (owned === null && ageMs < SILENT_MS)) continue;
      const ended = (await readdir(folder).catch((): string[] => [])).includes('ended');
      if (ended && ageMs > windowMs) await rm(folder, { recursive: true, force: true });
      if (ended) continue;
      const adopted = join(this.#recorder, `${name.split('.')[0]}.${randomBytes(4).toString('hex')}${ADOPTED}`);
      try {
        await rename(folder, adopted);
        await own(adopted);
        found.push(adopted);
      } catch {
        // Another observer that starts now was faster.
      }
    }
    return found;
  }

  async #removeParts(nowMs: number): Promise<void> {
    for (const name of await readdir(this.captures)) {
      const path = join(this.captures, name);
      if (name.endsWith(PART) && nowMs - (await changedMs(path)) > SILENT_MS) await rm(path, { force: true });
    }
  }
}

/** With all above it. Node's own way never comes back where the kernel says ENOENT of what is there, as it does below /proc. */
async function make(path: string): Promise<void> {
  const above = dirname(path);
  if (above !== path && (await stat(above).catch(() => null)) === null) await make(above);
  await mkdir(path, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  });
}

/** When something in it was last written, ms since 1970. */
async function changedMs(folder: string): Promise<number> {
  const names = await readdir(folder).catch((): string[] => []);
  const times = await Promise.all([folder, ...names.map((name) => join(folder, name))].map((path) => stat(path).catch(() => null)));
  return Math.max(0, ...times.map((found) => found?.mtimeMs ?? 0));
}
