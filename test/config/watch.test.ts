import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileWatch } from '../../src/config/watch.ts';
import { until } from '../lab/until.ts';

let folder: string;
let changes: number;
const counting = (): void => {
  changes += 1;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synoptic-watch-'));
  changes = 0;
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a watched file', () => {
  it('is told once however many writes a change takes, and not at all where the text is the same', async () => {
    const file = join(folder, 'synoptic.yml');
    await writeFile(file, 'a');
    using _watch = await FileWatch.open(file, counting);
    for (const text of ['b', 'bc', 'bcd']) await writeFile(file, text);
    await until('it is told', () => changes === 1);
    await writeFile(file, 'bcd');
    await writeFile(join(folder, 'beside'), 'x');
    await delay(300);
    expect(changes).toBe(1);
  });

  it('may be replaced, as editors do, again and again', async () => {
    const file = join(folder, 'synoptic.yml');
    await writeFile(file, 'a');
    using _watch = await FileWatch.open(file, counting);
    for (let round = 1; round <= 3; round++) {
      await writeFile(join(folder, '.swap'), `text ${round}`);
      await rename(join(folder, '.swap'), file);
      await until(`change ${round} is told`, () => changes === round);
    }
  });

  it('may be a ConfigMap’s: a link to a link that is turned to another folder', async () => {
    for (const [name, text] of [
      ['..1', 'a'],
      ['..2', 'b'],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'synoptic.yml'), text);
    }
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/synoptic.yml', join(folder, 'synoptic.yml'));
    using _watch = await FileWatch.open(join(folder, 'synoptic.yml'), counting);
    await symlink('..2', join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
    await rm(join(folder, '..1'), { recursive: true });
    await until('the turned link is told', () => changes === 1);
    await writeFile(join(folder, '..2', 'synoptic.yml'), 'c');
    await until('the file behind it is watched, too', () => changes === 2);
  });

  it('is found again in a folder that was removed and made anew', async () => {
    const inner = join(folder, 'etc');
    const file = join(inner, 'synoptic.yml');
    await mkdir(inner);
    await writeFile(file, 'a');
    using _watch = await FileWatch.open(file, counting);
    await rm(inner, { recursive: true });
    await until('it is gone', () => changes === 1);
    await mkdir(inner);
    await writeFile(file, 'b');
    await until('it is back', () => changes === 2);
    await writeFile(file, 'c');
    await until('and watched', () => changes === 3);
  });
});
