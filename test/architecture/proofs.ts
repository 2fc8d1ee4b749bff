import type { Tree } from './tree.ts';

/** Where every threat has its defence and the tests that prove it. */
const THREATS = 'src/SECURITY.md';

/** Rows of its tables, without heads: the threat, and the tests that its last cell names. */
export function threats(
  tree: Tree,
): { readonly threat: string; readonly proofs: readonly { readonly path: string; readonly test: string }[] }[] {
  const rows = (tree.get(THREATS) ?? '').split('\n').filter((line) => /^\| (?!-|threat )/.test(line));
  return rows.map((row) => {
    const cells = row.split(' | ');
    const named = (cells.at(-1) ?? '').matchAll(/`(test\/[^`]+)` “([^”]+)”/g);
    return { threat: cells[0]?.replace(/^\| */, '').trim() ?? '', proofs: [...named].map(([, path = '', test = '']) => ({ path, test })) };
  });
}

/** Threats that name no test, and tests that are named and are not there: by their file, or by their name in it. */
export function unproven(tree: Tree): string[] {
  return threats(tree).flatMap(({ threat, proofs }) => {
    if (proofs.length === 0) return [`${threat}: names no test`];
    return proofs
      .filter(({ path, test }) => !isTest(tree.get(path) ?? '', test))
      .map(({ path, test }) => `${threat}: ${path} has no test “${test}”`);
  });
}

/** Whether a line of the file that names a test holds these words. */
function isTest(text: string, words: string): boolean {
  return text.split('\n').some((line) => line.includes(words) && /^\s*(?:it\b|\]\)\(|\]\s*as const\)\(|['`])/.test(line));
}
