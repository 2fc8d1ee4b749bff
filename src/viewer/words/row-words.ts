import { duration, many } from '../../formats/words/amount.ts';
import * as words from '../../formats/words/event-words.ts';
import type { MissedRow, Row } from '../model/row.ts';

/** What a row says, in pieces: an event's own words, or what this page did not see. */
export function phrases(row: Row): words.Phrase[] {
  return row.kind === 'missed' ? [missed(row)] : words.phrases(row);
}

/** The same as one string. */
export function inWords(row: Row): string {
  return words.joined(phrases(row));
}

/** What is wrong with a state event, in words; null for every other row. */
export function anomalyInWords(row: Row): string | null {
  return row.kind === 'missed' ? null : words.anomalyInWords(row);
}

function missed(row: MissedRow): string {
  if (row.cause === 'slow') return `this page read too slowly and missed ${many(row.missed ?? 0, 'event')}`;
  const down = `this page was disconnected for ${duration((row.downMs ?? 0) * 1000)}`;
  if (row.cause === 'restarted') return `${down}; Synoptic was restarted, how many events were missed is unknown`;
  if (row.missed === null) return `${down}; how many events were missed is unknown`;
  return `${down}; ${many(row.missed, 'event')} of any kind happened meanwhile, unseen here`;
}
