import type { EventWire } from '../formats/event.ts';
import { endpoint, owner } from '../formats/words/endpoint.ts';
import { anomalyInWords, inWords } from '../formats/words/event-words.ts';
import { placeInWords } from '../formats/words/place.ts';
import { visibleText } from '../formats/words/visible-text.ts';

/** ANSI colours by kind: what is wrong stands out, what is ordinary does not. */
const COLOURS: Readonly<Record<EventWire['kind'], string>> = {
  state: '',
  'time-wait': '\x1b[2m',
  retransmit: '\x1b[33m',
  reset: '\x1b[31m',
  drop: '\x1b[33m',
  'socket-error': '\x1b[31m',
  neighbour: '\x1b[36m',
  probe: '',
  tier: '\x1b[1;35m',
  gap: '\x1b[1;35m',
  finding: '\x1b[1;31m',
};
const PLAIN = '\x1b[0m';

/**
 * One event as one line for a person: `22:01:38.123456 127.0.0.1:50434 → 127.0.0.1:8080  SYN_SENT → ESTABLISHED after 240 µs  curl[4711]`,
 * in UTC. Text chosen by others is made visible, so no process can write escape codes to a terminal.
 */
export function eventLine(event: EventWire, colour = false): string {
  const parts = [event.at.slice(11, 26)];
  if (event.kind !== 'probe' && 'laddr' in event) {
    const listening = 'to' in event && event.rport === 0;
    parts.push(`${endpoint(event.laddr, event.lport)} → ${endpoint(event.raddr, event.rport, listening ? '*' : '?')} `);
  }
  const named = event.kind === 'gap' || event.kind === 'tier' || event.kind === 'probe' || event.kind === 'finding';
  parts.push(named ? `${event.kind}: ${inWords(event)}` : inWords(event));
  const anomaly = anomalyInWords(event);
  if (anomaly !== null) parts.push(`(${anomaly})`);
  if ('pid' in event && event.pid !== null) parts.push(` ${owner(event.comm === null ? null : visibleText(event.comm), event.pid)}`);
  const place = 'owner' in event ? placeInWords(event.owner, event.netnsName) : null;
  if (place !== null) parts.push(place);
  const line = parts.join(' ');
  const code = anomaly === null ? COLOURS[event.kind] : COLOURS.reset;
  return colour && code !== '' ? `${code}${line}${PLAIN}` : line;
}
