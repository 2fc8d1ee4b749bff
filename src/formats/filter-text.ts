import { SynopticError } from '../core/model/errors.ts';
import { suggestion } from '../core/model/nearest.ts';

/** What a filter may ask for. */
export const FILTER_TERMS = [
  ...(['port', 'lport', 'rport', 'addr', 'laddr', 'raddr', 'state', 'pid', 'comm'] as const),
  ...(['pod', 'container', 'unit', 'netns', 'kind', 'host'] as const),
] as const;
export type TermName = (typeof FILTER_TERMS)[number];

/** One `name=value` as written, and where it stands. */
export interface RawTerm {
  readonly name: TermName;
  /** Without its quotes; in a quoted one `\` still stands before what it escapes. */
  readonly value: string;
  readonly quoted: boolean;
  /** From 1, over all texts. */
  readonly number: number;
  /** Column of the value's first character, from 1. */
  readonly column: number;
}

const KNOWN = `terms of the form name=value, name one of ${FILTER_TERMS.join(' ')}`;

export function filterFault(number: number, column: number, message: string, expected: string): SynopticError {
  return new SynopticError('FILTER_SYNTAX', message, { where: `FILTER term ${number}, column ${column}`, expected });
}

/** Cuts a filter into its terms; knows their names but not what their values mean. */
export function splitTerms(text: string | readonly string[]): RawTerm[] {
  const terms: RawTerm[] = [];
  if (typeof text === 'string') splitText(text, terms);
  else for (const argument of text) splitArgument(argument, terms);
  return terms;
}

/** The shell has taken the quotes of `comm="my app"` away: an argument that begins with `comm=` and holds no other term is that one term. */
function splitArgument(argument: string, terms: RawTerm[]): void {
  const bare = /^comm=(?!")(.*)$/s.exec(argument)?.[1];
  if (bare === undefined || bare === '' || /\s[a-z]+=/.test(bare)) splitText(argument, terms);
  else terms.push({ name: 'comm', value: bare, quoted: false, number: terms.length + 1, column: 6 });
}

function splitText(text: string, terms: RawTerm[]): void {
  let i = 0;
  for (;;) {
    while (i < text.length && isSpace(text, i)) i++;
    if (i >= text.length) return;
    const number = terms.length + 1;
    const start = i;
    while (i < text.length && text[i] !== '=' && !isSpace(text, i)) i++;
    const name = termName(text.slice(start, i), text[i] === '=', number, start + 1);
    i++;
    const quoted = text[i] === '"';
    const from = quoted ? i + 1 : i;
    const end = quoted ? closingQuote(text, from, number) : wordEnd(text, from);
    if (!quoted && end === from) throw filterFault(number, from + 1, `${name}= has no value.`, `a value right behind the equals sign`);
    terms.push({ name, value: text.slice(from, end), quoted, number, column: from + 1 });
    i = quoted ? end + 1 : end;
    if (i < text.length && !isSpace(text, i)) {
      throw filterFault(number, i + 1, 'Something follows the closing quote.', 'a space between two terms');
    }
  }
}

function termName(word: string, hasValue: boolean, number: number, column: number): TermName {
  const known = FILTER_TERMS.find((name) => name === word);
  if (known !== undefined && hasValue) return known;
  const message = known === undefined ? `There is no term “${word}”.${suggestion(word, FILTER_TERMS)}` : `The term ${word} has no value.`;
  throw filterFault(number, column, message, KNOWN);
}

function wordEnd(text: string, from: number): number {
  let i = from;
  while (i < text.length && !isSpace(text, i)) i++;
  return i;
}

function closingQuote(text: string, from: number, number: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  throw filterFault(number, from, 'The quote is not closed.', 'a second " behind the name; inside quotes \\" is a quote and \\* a star');
}

function isSpace(text: string, i: number): boolean {
  return /\s/.test(text[i] ?? '');
}
