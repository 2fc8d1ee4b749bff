import { readFile } from 'node:fs/promises';
import { type Document, isMap, isNode, isPair, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { z } from 'zod';
import { SynopticError } from '../core/model/errors.ts';
import { suggestion } from '../core/model/nearest.ts';
import { throwFaults } from './faults.ts';
import { Config, namesAt, settingAt, TOKEN_FORM, Token } from './schema.ts';

/** The one variable that is read: a secret does not belong in a file that is committed. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration file; without one, every setting has its default.
 *
 * @throws SynopticError CONFIG_UNREADABLE, CONFIG_SYNTAX or CONFIG_INVALID; `where` is `file:line:column`. Several faults of one file
 * are one error whose `text` has all.
 */
export async function loadConfig(file: string | undefined, env: Environment): Promise<Config> {
  if (file === undefined) return parseConfig('', 'the defaults', env);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SynopticError('CONFIG_UNREADABLE', `The file cannot be read: ${reason}`, {
      where: file,
      expected: 'a readable YAML file',
      cause,
    });
  }
  return parseConfig(text, file, env);
}

/** As {@link loadConfig}, from text; `file` is only named in errors. */
export function parseConfig(text: string, file: string, env: Environment): Config {
  try {
    return parsed(text, file, env);
  } catch (error) {
    // yaml goes down by calling itself. Whoever replaces the file of a running observer must not be able to end it.
    if (!(error instanceof RangeError)) throw error;
    throw syntaxFault(TOO_DEEP, file, error);
  }
}

function parsed(text: string, file: string, env: Environment): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  throwFaults([...document.errors, ...document.warnings].map((error) => syntaxFault(error.message, place(error.pos[0]), error)));
  const written = plain(document, file) ?? {};
  const issues = Config.safeParse(written).error?.issues ?? [];
  const faults = issues
    .flatMap((issue) => issueFaults(issue, document))
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message, expected }) => invalid(message, place(offset), expected));
  const token = tokenOf(env, faults);
  throwFaults(faults);
  const config = Config.parse(written);
  return token === null ? config : { ...config, token };
}

const TOO_DEEP = 'Lists and mappings stand too deep within each other';

function syntaxFault(message: string, where: string, cause?: unknown): SynopticError {
  // yaml's own advice is for programmers.
  const plainly = message
    .replace(/; please use .*/, '')
    .replace(/^Maximum call stack.*/, TOO_DEEP)
    .replace(/^With stringKeys, .*/, 'A name must be text, not a list or a mapping')
    .replace(/\.*$/, '.');
  return new SynopticError('CONFIG_SYNTAX', plainly, { where, expected: 'YAML: one `name: value` a line', cause });
}

/** The document as plain values; aliases that unfold without end are refused by yaml itself. */
function plain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw syntaxFault(cause instanceof Error ? cause.message : String(cause), file, cause);
  }
}

interface Fault {
  /** In the file's text. */
  readonly offset: number;
  readonly message: string;
  readonly expected: string;
}

/** What zod found, in words. An unknown name is one fault each, at the name; everything else one at the value. */
function issueFaults(issue: z.core.$ZodIssue, document: Document.Parsed): Fault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const names = namesAt(path.join('.'));
    return issue.keys.map((key) => ({
      offset: keyOffset(document, path, key),
      message: `There is no setting “${[...path, key].join('.')}”.${suggestion(key, names)}`,
      expected: `one of ${names.join(' ')}`,
    }));
  }
  const { expected: usual, name } = aboutPath(path);
  const own: unknown = issue.code === 'custom' ? issue.params?.['expected'] : undefined;
  const expected = typeof own === 'string' ? own : usual;
  return [{ offset: valueOffset(document, issue.path), message: `${name} ${wrong(issue, document)}`, expected }];
}

function wrong(issue: z.core.$ZodIssue, document: Document.Parsed): string {
  if (issue.path.length === 0) return 'is no mapping of settings.';
  if (issue.code === 'custom' || issue.code === 'invalid_format') return issue.message;
  const written = issue.code === 'invalid_value' ? document.getIn(issue.path) : null;
  const hint = issue.code === 'invalid_value' && typeof written === 'string' ? suggestion(written, issue.values.map(String)) : '';
  return `has a wrong value.${hint}`;
}

function invalid(message: string, where: string, expected: string): SynopticError {
  return new SynopticError('CONFIG_INVALID', message, { where, expected });
}

/** What the setting at or above `path` expects. */
function aboutPath(path: readonly string[]): { name: string; expected: string } {
  for (let length = path.length; length > 0; length--) {
    const setting = settingAt(path.slice(0, length));
    if (setting !== undefined) return { name: setting.path, expected: setting.expected };
  }
  return { name: 'The file', expected: `a mapping with any of ${namesAt('').join(' ')}` };
}

function valueOffset(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyOffset(document: Document.Parsed, path: readonly string[], key: string): number {
  const map: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(map)) return 0;
  const pair = map.items.find((item): item is Pair<Node> => isPair(item) && isNode(item.key) && String(item.key) === key);
  return pair?.key.range?.[0] ?? 0;
}

function tokenOf(env: Environment, faults: SynopticError[]): string | null {
  const token = env['SYNOPTIC_TOKEN'];
  if (token === undefined || token === '') return null;
  const checked = Token.safeParse(token);
  if (checked.success) return checked.data;
  const message = checked.error.issues[0]?.message ?? 'cannot be used.';
  faults.push(invalid(`The token ${message}`, 'SYNOPTIC_TOKEN in the environment', TOKEN_FORM));
  return null;
}
