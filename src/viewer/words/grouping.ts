import { visibleText } from '../../formats/words/visible-text.ts';
import type { Grouping } from '../model/time-wait-ledger.ts';

/** A grouping's name as people read it. */
export const GROUPING_WORDS: Readonly<Record<Grouping, string>> = {
  destination: 'destination',
  'remote-port': 'remote port',
  'local-port': 'local port',
  owner: 'owner',
};

/** A group's name as it may be shown: an owner's name was chosen by that process. */
export function groupName(by: Grouping, name: string): string {
  if (by === 'owner') return name === '' ? 'owner not known' : visibleText(name);
  return by === 'destination' ? visibleText(name) : `:${name}`;
}

/** The FILTER terms that fit a group's members; null where none can be said. */
export function groupFilter(by: Grouping, name: string): string | null {
  switch (by) {
    case 'destination': {
      const [, address = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(name) ?? [];
      return `raddr=${address} rport=${port}`;
    }
    case 'remote-port':
      return `rport=${name}`;
    case 'local-port':
      return `lport=${name}`;
    case 'owner':
      return name === '' ? null : `comm="${name.replaceAll(/["\\*]/g, (c) => `\\${c}`)}"`;
  }
}
