import type { ProbeWire } from '../formats/probe.ts';
import { duration } from '../formats/words/amount.ts';
import { causeInWords } from '../formats/words/probe-words.ts';
import { wrapped } from './wrap.ts';

type PhaseOf = ProbeWire['drift']['phases'][number];

const WHEN = { before: ' before the kernel', during: '', after: ' after the kernel' } as const;

/** Where the time went: a line a phase, its pieces below it, the largest first. */
export function driftLines({ drift }: ProbeWire): string[] {
  const lines = drift.phases.flatMap((phase) => [headLine(phase), ...wrapped(partsInWords(phase), 12)]);
  if (drift.errorUs !== null && lines.length > 0) lines.push(`  the two lanes’ clocks agree within ${duration(drift.errorUs)}`);
  return lines;
}

function headLine({ phase, applicationUs, kernelUs, driftUs, cause }: PhaseOf): string {
  const here = `  ${phase.padEnd(8)}  ${duration(applicationUs)}`;
  if (kernelUs === null || driftUs === null) return here;
  const why = cause === null ? '' : ` (${causeInWords(cause)})`;
  return `${here}, of it ${duration(kernelUs)} in the kernel: drift ${duration(driftUs)}${why}`;
}

function partsInWords({ parts }: PhaseOf): string {
  const sorted = [...parts].sort((a, b) => b.us - a.us);
  return sorted.map(({ cause, when, us, count }) => `${causeInWords(cause)} ${duration(us)}${times(count)}${WHEN[when]}`).join(' · ');
}

function times(count: number): string {
  return count === 1 ? '' : ` (${count}×)`;
}
