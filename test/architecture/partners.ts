import { basename } from 'node:path';
import { type Tree, under } from './tree.ts';

const ERRORS_FILE = 'src/core/model/errors.ts';

/** Codes of the one table of errors. */
export function errorCodes(tree: Tree): string[] {
  return [...(tree.get(ERRORS_FILE) ?? '').matchAll(/^ {2}([A-Z][A-Z0-9_]*): \{ exit:/gm)].map((match) => match[1] ?? '');
}

/** Codes that no source file throws or shows. */
export function unusedErrors(tree: Tree): string[] {
  const source = under(tree, 'src')
    .filter((path) => path !== ERRORS_FILE && /\.tsx?$/.test(path))
    .map((path) => tree.get(path) ?? '');
  return errorCodes(tree).filter((code) => !source.some((text) => text.includes(`'${code}'`)));
}

/** Codes that README.md does not name in code marks. */
export function undocumentedErrors(tree: Tree): string[] {
  return errorCodes(tree).filter((code) => !tree.get('README.md')?.includes(`\`${code}\``));
}

/** Codes in README.md that look like ours (a row of a table that begins with one) and are gone from the source. */
export function forgottenErrors(tree: Tree): string[] {
  const rows = [...(tree.get('README.md') ?? '').matchAll(/^\| *`([A-Z][A-Z0-9]*_[A-Z0-9_]+)` *\|/gm)].map((match) => match[1] ?? '');
  return rows.filter((code) => !errorCodes(tree).includes(code));
}

/** Names of the kernel scripts, without folder and `.bt`. */
export function scriptNames(tree: Tree): string[] {
  return under(tree, 'bpf')
    .filter((path) => path.endsWith('.bt'))
    .map((path) => basename(path, '.bt'));
}

const HEADER_FIELDS = ['Hook', 'Cost', 'Record', 'Example', 'Limits'];

/** A script's header is its manual: which of its fields are missing or empty. Only the comment at the top counts. */
export function lackingHeaders(tree: Tree): string[] {
  return scriptNames(tree).flatMap((name) => {
    const header = headerOf(tree.get(`bpf/${name}.bt`) ?? '');
    return HEADER_FIELDS.filter((field) => !new RegExp(`^// ${field}: +\\S`, 'm').test(header)).map((field) => `bpf/${name}.bt: ${field}`);
  });
}

function headerOf(text: string): string {
  const lines = text.split('\n').filter((line, at) => at > 0 || !line.startsWith('#!'));
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return (end === -1 ? lines : lines.slice(0, end)).join('\n');
}

const DECODE_LIST = 'src/core/decode/index.ts';

/** Record tags a script really prints: the first word of each printf. */
function printedTags(text: string): string[] {
  return [...new Set([...text.matchAll(/\bprintf\("(\S+) /g)].map((match) => match[1] ?? ''))];
}

/** Tags in the list of decoders. */
function decodedTags(tree: Tree): string[] {
  return [...(tree.get(DECODE_LIST) ?? '').matchAll(/^ {2}'?(\w+)'?: (?:decode\w+,$|\()/gm)].map((match) => match[1] ?? '');
}

/** Scripts that print no record, or one whose tag is not in the list of decoders. */
export function undecoded(tree: Tree): string[] {
  const decoded = decodedTags(tree);
  return scriptNames(tree).flatMap((name) => {
    const tags = printedTags(tree.get(`bpf/${name}.bt`) ?? '');
    return tags.length === 0
      ? [`bpf/${name}.bt: no record`]
      : tags.filter((tag) => !decoded.includes(tag)).map((tag) => `bpf/${name}.bt: ${tag}`);
  });
}

/** Tags in the list of decoders that no script prints. */
export function idleDecoders(tree: Tree): string[] {
  const printed = under(tree, 'bpf').flatMap((path) => printedTags(tree.get(path) ?? ''));
  return decodedTags(tree).filter((tag) => !printed.includes(tag));
}

/** Scripts that no live test names, in its own name or its text. A variant needs its own mention: `sock-state` does not cover it. */
export function untestedScripts(tree: Tree): string[] {
  const tests = under(tree, 'test/bpf').filter((path) => path.endsWith('.test.ts'));
  return scriptNames(tree).filter((name) => {
    const mention = new RegExp(`(?<![\\w-])${name}(?![\\w-])`);
    return !tests.some((path) => basename(path, '.test.ts') === name || mention.test(tree.get(path) ?? ''));
  });
}
