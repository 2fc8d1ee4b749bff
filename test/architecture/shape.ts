import type { Tree } from './tree.ts';

/** The whole top level, but for dot-files. The last row is configuration that their tools look for nowhere else. */
const TOP_LEVEL = [
  ...['src', 'bpf', 'test', 'scripts', 'Dockerfile', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
  ...['biome.jsonc', 'knip.json', 'vitest.config.ts'],
];

const DOT_FILES = ['.ci', '.gitignore', '.gitattributes', '.editorconfig', '.dockerignore', '.github'];

/** Top-level names that have no place there. */
export function strangers(tree: Tree): string[] {
  const names = new Set([...tree.keys()].map((path) => path.split('/', 1)[0] ?? ''));
  return [...names].filter((name) => !TOP_LEVEL.includes(name) && !DOT_FILES.includes(name));
}

const MAX_LINES = 300;

/** Source files too long to hold one idea, with their length. Recorded data is not source. */
export function tooLong(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => /^(src|bpf|test|scripts)\//.test(path) && !/\.(json|md)$/.test(path))
    .map(([path, text]) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

const EMPTY_NAME = /^(.*[-_.])?(utils?|helpers?|misc|common)([-_.].*)?$/i;

/** Files and folders named after nothing in particular, anywhere in the project. */
export function emptyNames(tree: Tree): string[] {
  return [...tree.keys()].filter((path) => path.split('/').some((part) => EMPTY_NAME.test(part)));
}
