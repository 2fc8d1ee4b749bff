import type { Status } from '../../formats/status.ts';
import { duration, many } from '../../formats/words/amount.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { shortTime, type Zone } from '../words/moment.ts';

/** The WebSocket as this page sees it; times are the browser's monotonic clock, ms. */
export type Link =
  | { readonly is: 'connecting' }
  | { readonly is: 'open'; readonly heardMs: number }
  | { readonly is: 'down'; readonly sinceMs: number; readonly nextMs: number; readonly refused: boolean };

export type Phase = 'connecting' | 'starting' | 'observing' | 'blind' | 'ended' | 'stale' | 'disconnected' | 'refused';

/** What the header says of the observation, worst fact first. `trusted` is false where the rest of the page shows the past. */
export interface Health {
  readonly phase: Phase;
  readonly text: string;
  readonly trusted: boolean;
}

/** How often the page looks at the clock, ms. */
export const LOOK_MS = 250;
/** The service speaks each second, so such a silence means that something between it and the reader's eyes is broken: said 2 s after its last word, at most. */
const STALE_MS = 2000 - LOOK_MS;

export function health(link: Link, status: Status | null, nowMs: number, zone: Zone): Health {
  if (link.is === 'down') return down(link, nowMs);
  if (link.is === 'connecting' || status === null) return { phase: 'connecting', text: 'connecting…', trusted: false };
  const silentMs = nowMs - link.heardMs;
  if (silentMs >= STALE_MS) return { phase: 'stale', text: `stale: nothing heard for ${roughly(silentMs)}`, trusted: false };
  switch (status.phase) {
    case 'observing':
      return { phase: 'observing', text: 'observing', trusted: true };
    case 'starting':
      return { phase: 'starting', text: `starting${because(status)}`, trusted: true };
    case 'blind':
      return {
        phase: 'blind',
        text: `blind since ${shortTime(status.lastRecordAt ?? status.startedAt, zone)}${because(status)}`,
        trusted: true,
      };
    case 'ended':
      return { phase: 'ended', text: `ended${because(status)}`, trusted: true };
  }
}

/** Why a view has nothing to show, where that is because nobody is heard. The header has the figures. */
export const UNHEARD: Readonly<Partial<Record<Phase, string>>> = {
  connecting: 'Connecting to Synoptic…',
  disconnected: 'Not connected',
  stale: 'Nothing is heard',
  refused: 'No permission',
};

/** What is missing from the picture, one item each; an empty list means that nothing is known to be. */
export function missing({ completeness: c }: Status, pageMissed: { readonly events: number; readonly unknown: boolean }): string[] {
  const items = [
    c.lost > 0 && `${many(c.lost, 'record')} lost`,
    c.shed > 0 && `${many(c.shed, 'record')} shed on purpose`,
    c.blindMs > 0 && `blind for ${duration(c.blindMs * 1000)}`,
    c.undecodable > 0 && `${many(c.undecodable, 'line')} undecodable`,
    c.late > 0 && `${many(c.late, 'record')} late`,
    c.evicted > 0 && `${many(c.evicted, 'socket')} evicted`,
    missedHere(pageMissed),
  ].filter((item) => item !== false);
  // Something is missing, but the service has no number for any of it.
  if (!c.complete && items.length === 0) items.push(c.gaps === 0 ? 'incomplete' : `${many(c.gaps, 'gap')} of unknown size`);
  return items;
}

function missedHere({ events, unknown }: { readonly events: number; readonly unknown: boolean }): string | false {
  if (events === 0) return unknown && 'this page missed an unknown number of events';
  return `this page missed ${many(events, 'event')}${unknown ? ' and an unknown number more' : ''}`;
}

function down(link: Extract<Link, { is: 'down' }>, nowMs: number): Health {
  if (link.refused) return { phase: 'refused', text: 'refused: the token is missing or wrong', trusted: false };
  const next = Math.max(0, link.nextMs - nowMs);
  const text = `disconnected for ${roughly(nowMs - link.sinceMs)}, ${next < 50 ? 'trying again' : `next try in ${roughly(next)}`}`;
  return { phase: 'disconnected', text, trusted: false };
}

function because(status: Status): string {
  return status.reason === null ? '' : `: ${visibleText(status.reason)}`;
}

/** To a tenth of a second below 10 s, so that a running count is readable. */
function roughly(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : duration(Math.floor(ms / 1000) * 1e6);
}
