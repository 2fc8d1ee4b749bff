import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The house's files: path from the root, with `/`, to text. A plain map, so that a bad house is as easy to write down as a good one. */
export type Tree = ReadonlyMap<string, string>;

/** Paths under one folder, `src/core/decode` say, in order. */
export function under(tree: Tree, folder: string): string[] {
  return [...tree.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
}

/** What is kept in git, new files not yet added included. Without git (a tarball) whatever lies there, less what .gitignore names. */
export function keptFiles(root: string): string[] {
  let listed: string;
  try {
    const args = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return lyingAround(root);
  }
  return listed.split('\0').filter((path) => path !== '');
}

function lyingAround(root: string): string[] {
  const ignored = new Set([
    '.git',
    ...readFileSync(join(root, '.gitignore'), 'utf8')
      .split('\n')
      .map((line) => line.replace(/\/$/, '')),
  ]);
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !ignored.has(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(root, entry.name)) : [join(root, entry.name)]))
    .map((path) => relative(root, path));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

const TEXT = /\.(ts|tsx|bt|md|css|html|json|jsonc)$|^scripts\/[^.]+$|^Dockerfile$/;

/** The tree of a checkout; files deleted but not yet committed are left out. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  for (const path of keptFiles(root)) {
    try {
      tree.set(path, TEXT.test(path) ? readFileSync(join(root, path), 'utf8') : '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return tree;
}
