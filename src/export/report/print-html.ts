import { count } from '../../formats/words/amount.ts';
import { ticksOf } from './axis.ts';
import type { Block, Chart } from './block.ts';

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .6rem;border-bottom:1px solid #8886}
pre{overflow-x:auto;padding:.6rem;border:1px solid #8886}svg{width:100%;height:5rem;display:block;border-bottom:1px solid #8886}.axis{position:relative;height:1.5rem;font-size:.85rem}
.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}.axis span:first-child{transform:none}.axis span:last-child{transform:translateX(-100%)}.bar{fill:#2a78b8}.mark{stroke:#c2410c;stroke-width:2}
h2{margin-top:2.5rem}figure{margin:1rem 0}@media print{body{max-width:none}}`;

const HEIGHT = 60;
const COLUMN = 6;

/** A report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere, and it may fetch none. */
export function printHtml(blocks: readonly Block[], title: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<main>
${blocks.map(print).join('\n')}
</main>
</html>
`;
}

function print(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'table':
      return `<table><thead>${row('th', block.head)}</thead><tbody>${block.rows.map((cells) => row('td', cells)).join('')}</tbody></table>`;
    case 'lines':
      return `<pre>${escaped(block.lines.join('\n'))}</pre>`;
    case 'chart':
      return svg(block.chart);
  }
}

function row(tag: 'th' | 'td', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
}

function svg({ title, bins, marksUs }: Chart): string {
  const { counts, fromUs, widthUs } = bins;
  const most = Math.max(1, ...counts);
  const width = Math.max(1, counts.length) * COLUMN;
  const bars = counts.map((value, at) => {
    const height = (value / most) * HEIGHT;
    return value === 0
      ? ''
      : `<rect class="bar" x="${at * COLUMN}" y="${(HEIGHT - height).toFixed(1)}" width="${COLUMN - 1}" height="${height.toFixed(1)}"/>`;
  });
  const marks = marksUs.map((us) => {
    const x = (((us - fromUs) / widthUs) * COLUMN).toFixed(1);
    return `<line class="mark" x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}"/>`;
  });
  const words = `${title}: ${count(bins.total)}, at most ${count(Math.max(0, ...counts))} in ${widthUs / 1e6} s`;
  const picture = `<svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escaped(words)}">`;
  const ticks = ticksOf(bins).map((tick) => `<span style="left:${tick.share * 100}%">${escaped(tick.words)}</span>`);
  const axis = ticks.length === 0 ? '' : `<div class="axis" aria-hidden="true">${ticks.join('')}</div>`;
  return `<figure><figcaption>${escaped(words)}</figcaption>${picture}${bars.join('')}${marks.join('')}</svg>${axis}</figure>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
