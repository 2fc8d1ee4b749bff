import type { Round } from './round.ts';

/** More than this at the end than when everything was warm is growth, MB: collectors leave some. */
const SLACK_MB = 16;

/** Whether a target keeps something of every input. */
export function grown({ heapMb }: Round): boolean {
  return heapMb.after - heapMb.before > SLACK_MB;
}

/** A round for people: a line of figures, one of outcomes, and what is wrong. */
export function told(round: Round): string {
  const { target, seed, inputs, outcomes, crashes, seconds, slowest, heapMb } = round;
  const counted = Object.entries(outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, times]) => `${outcome} ${count(times)}`);
  const heap = `heap ${heapMb.before.toFixed(1)} → ${heapMb.after.toFixed(1)} MB${grown(round) ? ': GREW' : ''}`;
  const slow = `slowest ${slowest.ms.toFixed(1)} ms (input ${slowest.input})`;
  return [
    `${target}: ${count(inputs)} inputs of seed ${seed} in ${seconds.toFixed(0)} s; ${slow}; ${heap}`,
    `  ${counted.join(' · ')}`,
    ...crashes.map(({ input, text, error }) => `  CRASH at input ${input}: ${text}\n${error.replaceAll(/^/gm, '    ')}`),
  ].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en');
}
