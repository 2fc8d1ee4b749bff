import { flags } from '../../formats/words/event-words.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { fullTime, type Zone } from './moment.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
}

const UNITS: Readonly<Record<string, string>> = {
  dwellUs: 'µs',
  srttUs: 'µs',
  downMs: 'ms',
  ns: 'ns',
  fromNs: 'ns',
  toNs: 'ns',
  sinceNs: 'ns',
};

/** Fields whose null says that there is no such thing, where the others' says that nobody knows. */
const NONE: ReadonlySet<string> = new Set([
  'probe',
  'anomaly',
  'reusedBy',
  'error',
  'update',
  'unseen',
  'mismatch',
  'code',
  'tls',
  'pooled',
]);

/** Every field of an event or a connection by its name on the wire, so that what is read here can be searched for there. */
export function fieldsOf(thing: object, zone: Zone): Field[] {
  return Object.entries(thing).map(([name, value]: [string, unknown]) => ({
    name,
    value: shown(name, value, zone),
    unit: value === null ? '' : (UNITS[name] ?? ''),
  }));
}

function shown(name: string, value: unknown, zone: Zone): string {
  if (value === null) return NONE.has(name) ? 'none' : 'not known';
  // A dwell of 14.756944463335143 µs claims more than any clock here knows.
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toFixed(3);
  if (typeof value === 'object') return visibleText(JSON.stringify(value));
  if (name === 'at' || name === 'since') return fullTime(String(value), zone);
  if (name === 'segFlags') return `${String(value)} (${flags(Number(value))})`;
  // An attempt's lanes, a gap's parts.
  return visibleText(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
