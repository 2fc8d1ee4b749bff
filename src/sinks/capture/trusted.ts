import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A user's numbers. */
export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Others may write here. */
const OTHERS_WRITE = 0o002;
const NO_LINK = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Holds a folder that was there before us against who made it: in one that is somebody else's, or that anybody may write to, names that we
 * are about to write to may already lead elsewhere.
 *
 * @throws Error with why it is not to be trusted, in words that go on from its name.
 */
export async function mustBeOurs(path: string, user: Ids | null): Promise<void> {
  const trusted = [0, process.getuid?.() ?? 0, ...(user === null ? [] : [user.uid])];
  // A link must be made by one of us, too, and so must what it leads to.
  for (const found of [await lstat(path), await stat(path)]) {
    if (!trusted.includes(found.uid)) throw new Error(`${path} belongs to the user ${found.uid}, neither root nor whom this runs as`);
    if (found.isDirectory() && (found.mode & OTHERS_WRITE) !== 0) throw new Error(`${path} can be written to by anybody`);
  }
}

/**
 * Gives a folder with all that is in it to `user`. Only what is really there, opened without following links and then given by what was
 * opened: whoever owned it until now may turn names around meanwhile, and would be given whatever they lead to. Files with a second name are
 * left alone, for it may stand anywhere.
 */
export async function giveTo(path: string, user: Ids): Promise<void> {
  const handle = await open(path, NO_LINK | constants.O_DIRECTORY);
  try {
    await giveFolder(handle, user);
  } finally {
    await handle.close();
  }
}

async function giveFolder(folder: FileHandle, user: Ids): Promise<void> {
  await folder.chown(user.uid, user.gid);
  // The folder itself, wherever it stands now.
  const here = `/proc/self/fd/${folder.fd}`;
  for (const name of await readdir(here)) {
    const handle = await open(join(here, name), NO_LINK).catch(() => null);
    if (handle === null) continue; // a link, a socket, or gone
    try {
      const found = await handle.stat();
      if (found.isDirectory()) await giveFolder(handle, user);
      else if (found.isFile() && found.nlink === 1) await handle.chown(user.uid, user.gid);
    } finally {
      await handle.close();
    }
  }
}
