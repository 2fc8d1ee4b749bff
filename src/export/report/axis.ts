import { rfc3339 } from '../../formats/utc.ts';
import { duration } from '../../formats/words/amount.ts';
import type { Bins } from './bins.ts';

/** A word under a chart. */
export interface Tick {
  /** Where along the chart, 0 to 1. */
  readonly share: number;
  readonly words: string;
}

const PARTS = 4;

/** What stands under a chart: the time of day, UTC, at both ends, and how far the capture has come between them. None where no time is charted. */
export function ticksOf({ fromUs, widthUs, counts }: Bins): Tick[] {
  const spanUs = counts.length * widthUs;
  if (spanUs === 0) return [];
  return Array.from({ length: PARTS + 1 }, (_, part) => {
    const share = part / PARTS;
    const us = share * spanUs;
    return { share, words: part === 0 || part === PARTS ? timeOfDay(fromUs + us) : `+${duration(us)}` };
  });
}

/** The words of a chart that is so many characters wide, each in its place; one that has no room before the last is left out. */
export function axisLine(ticks: readonly Tick[], width: number): string {
  const last = ticks.at(-1)?.words ?? '';
  let line = '';
  for (const { share, words } of ticks.slice(0, -1)) {
    const at = share === 0 ? 0 : Math.round(share * width - words.length / 2);
    const fits = share === 0 || (at > line.length && at + words.length < width - last.length);
    if (fits) line = line.padEnd(at) + words;
  }
  return line.length + 1 + last.length > width ? line : line.padEnd(width - last.length) + last;
}

/** To the second, which is as much as a chart shows. */
function timeOfDay(us: number): string {
  return `${rfc3339(us).slice(11, 19)}Z`;
}
