import type { ProbeWire } from '../formats/probe.ts';
import { MOMENT_WORDS } from '../formats/words/probe-words.ts';
import { visibleText } from '../formats/words/visible-text.ts';
import { wrapped } from './wrap.ts';

interface Row {
  readonly us: number;
  readonly words: string;
  readonly lane: 'application' | 'kernel';
}

/** The kernel's lane begins here: 80 columns in all. */
const COLUMN = 38;

/** The attempt's moments in the order of time: the application's on the left, the kernel's of the same socket on the right. */
export function laneLines(probe: ProbeWire): string[] {
  const rows = [...applicationRows(probe), ...kernelRows(probe)].sort((a, b) => a.us - b.us);
  const head = probe.kernel === null ? '  application' : `${'  application'.padEnd(COLUMN)}kernel`;
  const lines = rows.map(({ us, words, lane }) => `${lane === 'kernel' ? ' '.repeat(COLUMN) : '  '}${atMs(us)}  ${words}`);
  if (probe.kernel === null) lines.push(...wrapped(`kernel  missing: ${visibleText(probe.unseen ?? 'nobody knows why')}`, 2));
  return [head, ...lines];
}

/** All in one unit, so that a column can be read at a glance. */
export function atMs(us: number): string {
  return `${us < 0 ? '-' : '+'}${(Math.abs(us) / 1000).toFixed(3)} ms`.padStart(13);
}

function applicationRows({ phases }: ProbeWire): Row[] {
  const rows: Row[] = [{ us: 0, words: 'called', lane: 'application' }];
  for (const [moment, us] of Object.entries(phases) as [keyof typeof phases, number | null][]) {
    if (us !== null) rows.push({ us, words: MOMENT_WORDS[moment], lane: 'application' });
  }
  return rows;
}

function kernelRows({ kernel, pooled }: ProbeWire): Row[] {
  if (kernel === null) return [];
  const rows: Row[] = [];
  const add = (us: number | null, words: string): void => void (us === null || rows.push({ us, words, lane: 'kernel' }));
  add(kernel.synSent, 'SYN_SENT');
  add(kernel.established, 'ESTABLISHED');
  for (const { at, what, timer } of kernel.resent) add(at, `${what.toUpperCase()} sent again (${timer})`);
  for (const { at, direction } of kernel.resets) add(at, `RST ${direction}`);
  add(kernel.finReceived, 'FIN received');
  add(kernel.finSent, 'FIN sent');
  add(kernel.closed, kernel.error === null ? 'CLOSE' : `CLOSE, ${visibleText(kernel.error)}`);
  add(kernel.timeWait, 'TIME_WAIT');
  // An attempt on a connection that was open before and stays open has no moments of its own in the kernel.
  if (rows.length === 0 && pooled !== null) rows.push({ us: 0, words: `${kernel.state ?? '?'} all along`, lane: 'kernel' });
  return rows;
}
