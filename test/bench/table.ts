import { type AccountCheck, addsUp } from './account.ts';
import { type Figure, reached, type Target } from './benchmark.ts';
import { summaryOf } from './statistics.ts';

/** What a baseline said of a figure; null where it said nothing. */
export type Before = (name: string) => number | null;

const HEAD = ['', 'median', 'min – max', 'unit', 'target', 'reached', 'baseline'];
const ACCOUNT_HEAD = ['', 'kernel', 'streamed', 'shed', 'unaccounted'];
const WIDEST = 100;

/** One line a figure, at most 100 columns. What was not measured says why instead of a number. */
export function figureTable(figures: readonly Figure[], before: Before, quick: boolean): string {
  const rows = figures.map((figure) => figureRow(figure, before, quick));
  return align([HEAD, ...rows.filter((row) => typeof row !== 'string')])
    .concat(rows.filter((row) => typeof row === 'string'))
    .join('\n');
}

function figureRow(figure: Figure, before: Before, quick: boolean): string[] | string {
  const { name, unit, values, why = 'not measured', target } = figure;
  const summary = summaryOf(values);
  if (summary === null) return cut(`${name}: not measured (${why})`, WIDEST);
  const kept = reached(figure, summary);
  const verdict = kept === null ? '' : kept ? 'yes' : 'NO';
  const known = before(name);
  return [
    name,
    number(summary.median),
    summary.count === 1 ? '' : `${number(summary.min)} – ${number(summary.max)}`,
    unit,
    target === undefined ? '' : targetText(target),
    // A shortened run proves only that it ran.
    quick && verdict !== '' ? `(${verdict})` : verdict,
    known === null ? '' : number(known),
  ];
}

/** The sums of an account, by transition, and what is wrong with it. */
export function accountTable(account: AccountCheck): string {
  const { title, rows, lost, faults } = account;
  const lines = rows.map(({ transition, kernel, streamed, shed, unaccounted }) => [
    transition,
    ...[kernel, streamed, shed, unaccounted].map(String),
  ]);
  const verdict = addsUp(account) ? 'adds up' : `does NOT add up (Synoptic itself tells of ${lost} lost)`;
  const shown = faults.map((fault) => cut(`  ${fault}`, WIDEST));
  return [`account, ${title}: ${verdict}`, ...align([ACCOUNT_HEAD, ...lines]), ...shown].join('\n');
}

function targetText({ atLeast, atMost }: Target): string {
  return [atLeast === undefined ? '' : `≥ ${number(atLeast)}`, atMost === undefined ? '' : `≤ ${number(atMost)}`].filter(Boolean).join(' ');
}

/** Three digits that count, but all of a whole number: 0.912, 48.3, 30214. */
export function number(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return String(Math.round(value));
  const digits = Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Words over as many lines as they need, those after the first a little to the right. */
export function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= WIDEST) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines.join('\n');
}

/** The first column to the left, cut where the others leave too little; these to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const rest = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.min(widths[0] ?? 0, WIDEST - rest);
  return rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? cut(text, widths[0] ?? 0).padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
