import type { Missing } from '../../formats/capture/header.ts';
import type { CaptureSummary } from '../../formats/capture/summary.ts';
import { count, duration, many } from '../../formats/words/amount.ts';
import { microseconds } from '../model/server-clock.ts';
import { shortTime, type Zone } from './moment.ts';

/** Why it was frozen, as people say it. */
export const TRIGGER_WORDS: Readonly<Record<CaptureSummary['trigger'], string>> = {
  request: 'asked for',
  signal: 'by SIGUSR2',
  finding: 'by a finding',
  'left-behind': 'left behind by a killed observer',
  made: 'made by hand',
};

export const STATE_WORDS: Readonly<Record<CaptureSummary['state'], string>> = {
  waiting: 'waiting',
  writing: 'writing',
  ready: 'ready',
  failed: 'failed',
};

/** `03:10:00 – 03:15:30, 5 min 30 s`; what is known of it so far. */
export function spanWords({ from, to, state }: Pick<CaptureSummary, 'from' | 'to' | 'state'>, zone: Zone): string {
  if (from === null || to === null) return state === 'failed' ? 'nothing was kept' : 'its time after is not over yet';
  return `${shortTime(from, zone)} – ${shortTime(to, zone)}, ${duration(Math.max(0, microseconds(to) - microseconds(from)))}`;
}

/** What is known to be missing in its time; whether nothing is, and whether anybody knows, are different answers. */
export function missingWords(missing: Missing | null): { readonly whole: boolean; readonly words: string } {
  if (missing === null) return { whole: false, words: 'whether it is whole is not known' };
  const { gaps, lost, shed, leftOut } = missing;
  const items = [
    gaps > 0 && many(gaps, 'gap'),
    lost > 0 && `${many(lost, 'record')} lost`,
    shed > 0 && `${count(shed)} shed on purpose`,
    leftOut > 0 && `${many(leftOut, 'input')} not kept`,
  ].filter((item) => item !== false);
  return items.length === 0 ? { whole: true, words: 'nothing known to be missing' } : { whole: false, words: items.join(', ') };
}
