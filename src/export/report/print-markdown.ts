import { count } from '../../formats/words/amount.ts';
import { axisLine, ticksOf } from './axis.ts';
import type { Block, Chart } from './block.ts';

const BARS = '▁▂▃▄▅▆▇█';

/** A report as Markdown (CommonMark with tables), which shows as text, too. */
export function printMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(print).join('\n\n')}\n`;
}

function print(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`;
    case 'text':
      return escaped(block.text);
    case 'list':
      return block.items.map((item) => `- ${escaped(item)}`).join('\n');
    case 'table':
      return [
        row(block.head),
        row(
          block.head.map(() => '---'),
          (cell) => cell,
        ),
        ...block.rows.map((cells) => row(cells)),
      ].join('\n');
    case 'lines':
      return fenced(block.lines);
    case 'chart':
      return fenced(bars(block.chart));
  }
}

function row(cells: readonly string[], print = escaped): string {
  return `| ${cells.map(print).join(' | ')} |`;
}

/** No process can end the fence: it is longer than any run of its character within. */
function fenced(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...lines, fence].join('\n');
}

function bars({ title, bins }: Chart): string[] {
  const most = Math.max(...bins.counts);
  const line = bins.counts.map((value) => (value === 0 ? ' ' : BARS[Math.max(0, Math.ceil((value / most) * BARS.length) - 1)])).join('');
  const axis = axisLine(ticksOf(bins), line.length);
  const head = `${title}: ${count(bins.total)}, at most ${count(most)} in ${bins.widthUs / 1e6} s`;
  return [head, `|${line}|`, ...(axis === '' ? [] : [` ${axis}`])];
}

/** Text that is nothing but text to a reader of Markdown, in tables too. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#~&!]/g, (character) => `\\${character}`).replace(/\n/g, ' ');
}
