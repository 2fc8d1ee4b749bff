import { stripVTControlCharacters, styleText } from 'node:util';
import type { DoctorReport } from '../formats/doctor.ts';

export interface TextOptions {
  /** Columns; nothing is longer but for a single word. @default 80 */
  readonly width?: number;
  /** @default false */
  readonly colour?: boolean;
}

type Severity = 'ok' | 'info' | 'warning' | 'fatal';

const MARKS: Readonly<Record<Severity, readonly [mark: string, colour: 'green' | 'cyan' | 'yellow' | 'red']>> = {
  ok: ['ok', 'green'],
  info: ['note', 'cyan'],
  warning: ['warn', 'yellow'],
  fatal: ['FAIL', 'red'],
};

/** Where the text of a row begins: two spaces, a mark, a name. */
const NAME_AT = 7;
const TEXT_AT = 25;

/** One entry: a mark and a name, the value beside the name, then what else is to be said of it below. */
interface Entry {
  readonly severity: Severity;
  readonly name: string;
  readonly value: string;
  readonly evidence?: string;
  /** Further lines with a word in front (`cost`, `mend`); null ones are left out. */
  readonly more: readonly (readonly [word: string, text: string | null])[];
}

/** A doctor's report for a terminal: what hinders first, then each section. Evidence is shown where something is wanting. */
export function doctorText(report: DoctorReport, options: TextOptions = {}): string {
  const page = new Page(options.width ?? 80, options.colour ?? false);
  page.line(report.observable ? 'This machine can be observed.' : 'This machine cannot be observed:', 'bold');
  for (const { code, message, mend } of report.obstacles) {
    page.wrapped(`${message} [${code}]`, 2, '- ');
    page.wrapped(mend, 4, 'do: ');
  }
  page.section('Machine');
  for (const row of report.machine)
    page.entry({
      ...row,
      more: [
        ['cost', row.cost],
        ['do', row.mend],
      ],
    });
  page.section('Hooks');
  if (report.hooks.length === 0) page.wrapped('None could be chosen.', 2);
  for (const { fact, script, lack, severity, cost, mend } of report.hooks) {
    page.entry({
      severity,
      name: fact,
      value: script !== null ? `bpf/${script}.bt` : severity === 'info' ? 'inferred' : 'not observed',
      more: [
        ['lack', lack],
        ['cost', cost],
        ['do', mend],
      ],
    });
  }
  page.section('Privileges');
  for (const row of report.privileges)
    page.entry({
      ...row,
      more: [
        ['cost', row.cost],
        ['do', row.mend],
      ],
    });
  page.section('Netstack (this network namespace; nothing is changed)');
  for (const setting of report.netstack) {
    page.setting(`${setting.setting} = ${setting.value === '' ? '(empty)' : setting.value}${isDefault(setting)}`, setting.severity);
    page.wrapped(setting.concern, NAME_AT);
    if (setting.advice !== null) page.wrapped(setting.advice, NAME_AT, 'consider: ');
  }
  return page.text;
}

function isDefault(setting: { value: string; default: string | null }): string {
  if (setting.default === null) return '';
  return setting.default === setting.value ? ' (default)' : ` (default ${setting.default === '' ? 'empty' : setting.default})`;
}

class Page {
  readonly #width: number;
  readonly #colour: boolean;
  readonly #lines: string[] = [];

  constructor(width: number, colour: boolean) {
    this.#width = width;
    this.#colour = colour;
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  line(text: string, style: 'bold' | 'dim'): void {
    this.#lines.push(this.#styled(style, text));
  }

  section(title: string): void {
    this.#lines.push('');
    this.line(title, 'bold');
  }

  entry({ severity, name, value, evidence, more }: Entry): void {
    const head = `${' '.repeat(2)}${this.#mark(severity)} ${name.padEnd(TEXT_AT - NAME_AT - 1)} `;
    const [first = '', ...rest] = wrap(plain(value), this.#width - TEXT_AT);
    this.#lines.push((head + first).trimEnd(), ...rest.map((text) => ' '.repeat(TEXT_AT) + text));
    for (const [word, text] of more) if (text !== null) this.wrapped(text, TEXT_AT, `${word}: `);
    if (severity !== 'ok' && evidence !== undefined) this.wrapped(evidence, TEXT_AT, 'seen: ', 'dim');
  }

  setting(text: string, severity: Severity): void {
    const [first = '', ...rest] = wrap(plain(text), this.#width - NAME_AT);
    this.#lines.push(`  ${this.#mark(severity)} ${this.#styled('bold', first)}`, ...rest.map((line) => ' '.repeat(NAME_AT) + line));
  }

  /** A paragraph; its first line begins with `lead`, the others stand below its text. */
  wrapped(text: string, indent: number, lead = '', style?: 'dim'): void {
    const lines = wrap(plain(text), this.#width - indent - lead.length);
    for (const [index, line] of lines.entries()) {
      const full = ' '.repeat(indent) + (index === 0 ? lead : ' '.repeat(lead.length)) + line;
      this.#lines.push(style === undefined ? full : this.#styled(style, full));
    }
  }

  #mark(severity: Severity): string {
    const [mark, colour] = MARKS[severity];
    return this.#styled(colour, mark.padEnd(4));
  }

  #styled(style: Parameters<typeof styleText>[0], text: string): string {
    // The caller has decided about colour; styleText must not decide again by this process's own standard output.
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Values come from files that others may have written: no escape sequence and no control character reaches the terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Breaks at spaces; a word longer than a line stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}
