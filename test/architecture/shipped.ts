import { basename, dirname, join } from 'node:path/posix';
import { type Tree, under } from './tree.ts';

/** What the build makes beside the compiled source: in no tree, but where the Dockerfile and package.json expect it. */
const BUILT = ['dist/viewer'];

const OWN_ENDING = '$' + '{extname(import.meta.url)}';

/**
 * Files and folders that the program finds by its own place, `new URL('…', import.meta.url)`: paths from the root, as seen from dist/,
 * for there it runs. `${extname(import.meta.url)}` is the ending of whoever says it. The viewer is bundled and runs elsewhere.
 */
export function runTimePaths(tree: Tree): string[] {
  const sources = under(tree, 'src').filter((path) => path.endsWith('.ts') && !path.startsWith('src/viewer/'));
  const found = sources.flatMap((path) => {
    const compiled = dirname(path.replace(/^src\//, 'dist/'));
    const references = (tree.get(path) ?? '').matchAll(/new URL\(\s*(['"`])(.+?)\1,\s*import\.meta\.url/g);
    return [...references].map(([, , reference = '']) => join(compiled, reference.replace(OWN_ENDING, '.js')).replace(/\/$/, ''));
  });
  return [...new Set(found)].sort();
}

/** Those that are not there: gone, or named as if the build copied them to dist/. What it builds is there once its source is. */
export function absent(tree: Tree): string[] {
  const source = (path: string): string => path.replace(/^dist\/(.+)\.js$/, 'src/$1.ts');
  return runTimePaths(tree).filter((path) => !BUILT.includes(path) && !tree.has(source(path)) && under(tree, path).length === 0);
}

/** Those that the last stage of the Dockerfile does not copy to the same place in the image. */
export function missingInImage(tree: Tree): string[] {
  const stage = (tree.get('Dockerfile') ?? '').split(/^FROM /m).at(-1) ?? '';
  const copied = [...stage.matchAll(/^COPY +(.+)$/gm)].flatMap(([, words = '']) => targets(words));
  return runTimePaths(tree).filter((path) => !isWithin(path, copied));
}

/** Those that a package made by npm would lack. */
export function missingInPackage(tree: Tree): string[] {
  const { files = [] }: { files?: readonly string[] } = JSON.parse(tree.get('package.json') ?? '{}');
  return runTimePaths(tree).filter((path) => !isWithin(path, ['package.json', ...files]));
}

/** Where a COPY's words put things, below the working directory; those put at another place than they came from are left out. */
function targets(words: string): string[] {
  const paths = words.split(/ +/).filter((word) => !word.startsWith('--'));
  const to = paths.pop() ?? '';
  return paths
    .map((from) => from.replace(/^\/app\//, ''))
    .filter((from) => join(to.endsWith('/') ? join(to, basename(from)) : to) === join(from));
}

function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
