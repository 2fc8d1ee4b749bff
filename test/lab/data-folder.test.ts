import { chown, lchown, link, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataFolder } from '../../src/sinks/capture/data-folder.ts';
import { Folder } from '../sinks/capture/made.ts';

/** Nobody's on this machine, as far as files go. */
const SERVICE = { uid: 64_201, gid: 64_201 };
const STRANGER = 64_202;

const ownerOf = async (path: string): Promise<number> => (await stat(path)).uid;

describe('a data folder that root gives to the user it becomes', () => {
  it('is given with what is really in it, and with nothing that a name in it leads to', async () => {
    using root = new Folder();
    using elsewhere = new Folder();
    const secret = elsewhere.file('shadow');
    await writeFile(secret, 'root’s');
    await mkdir(join(root.path, 'captures', 'deep'), { recursive: true, mode: 0o700 });
    await writeFile(join(root.path, 'captures', 'deep', 'own'), '');
    // What a service that was taken over could leave for the next start, which begins as root.
    await symlink(secret, join(root.path, 'captures', 'file'));
    await symlink(elsewhere.path, join(root.path, 'captures', 'folder'));
    await link(secret, join(root.path, 'captures', 'second-name'));
    await DataFolder.giveTo(root.path, SERVICE);
    const given = ['', 'captures', 'captures/deep', 'captures/deep/own', 'recorder'].map((name) => join(root.path, name));
    expect(await Promise.all(given.map(ownerOf))).toEqual(given.map(() => SERVICE.uid));
    expect([await ownerOf(secret), await ownerOf(elsewhere.path)]).toEqual([0, 0]);
    expect(await readFile(secret, 'utf8')).toBe('root’s');
  });

  it('may be its own from before, and nobody else’s', async () => {
    using root = new Folder();
    await DataFolder.giveTo(root.path, SERVICE);
    const own = join(root.path, 'recorder', 'own');
    await writeFile(own, '');
    await DataFolder.giveTo(root.path, SERVICE);
    expect(await ownerOf(own)).toBe(SERVICE.uid);
    await chown(join(root.path, 'captures'), STRANGER, STRANGER);
    await chown(own, 0, 0);
    await DataFolder.giveTo(root.path, SERVICE);
    expect([await ownerOf(join(root.path, 'captures')), await ownerOf(own)]).toEqual([STRANGER, 0]);
    await expect(DataFolder.open(root.path, { run: 'run-1' })).rejects.toMatchObject({
      code: 'DATA_UNWRITABLE',
      message: expect.stringContaining(`belongs to the user ${STRANGER}`),
    });
  });

  it.each([
    ['to what is ours', 0, STRANGER],
    ['to what is the stranger’s, made by root', STRANGER, 0],
  ])('is refused where a stranger made a link in its place, or what it leads to: %s', async (_story, folder, name) => {
    using root = new Folder();
    using elsewhere = new Folder();
    await chown(elsewhere.path, folder, folder);
    await symlink(elsewhere.path, join(root.path, 'recorder'));
    await lchown(join(root.path, 'recorder'), name, name);
    await expect(DataFolder.open(root.path, { run: 'run-1' })).rejects.toMatchObject({
      code: 'DATA_UNWRITABLE',
      message: expect.stringContaining(`belongs to the user ${STRANGER}`),
    });
  });
});
