import type { Event } from '../../core/model/event.ts';
import { EVENT_KINDS, type EventKind } from '../../core/model/event.ts';
import { podName } from '../../core/model/owner.ts';
import { EventWire } from '../../formats/event.ts';
import { printEvent } from '../../formats/print-event.ts';

/**
 * What a column holds. `long`: INT64; `int`: INT32; `uint`: INT32 read as unsigned; `double`; `time`: INT64, microseconds since 1970 in UTC;
 * `text`: UTF-8; `word`: the same, of few different values, in a dictionary; `yes`: BOOLEAN.
 */
export type ColumnType = 'long' | 'int' | 'uint' | 'double' | 'time' | 'text' | 'word' | 'yes';

/** The columns, in their order: names and meanings are those of the events' own fields (src/formats/event.ts), so one may be of several kinds. */
export const COLUMNS = {
  seq: 'long',
  kind: 'word',
  at: 'time',
  ns: 'long',
  host: 'word',
  sock: 'long',
  netns: 'uint',
  netnsName: 'word',
  family: 'int',
  laddr: 'word',
  lport: 'int',
  raddr: 'word',
  rport: 'int',
  pid: 'int',
  comm: 'word',
  unit: 'word',
  container: 'word',
  pod: 'word',
  probe: 'word',
  from: 'word',
  to: 'word',
  state: 'word',
  dwellUs: 'double',
  srttUs: 'long',
  retransmits: 'long',
  sndUna: 'uint',
  sndNxt: 'uint',
  rcvNxt: 'uint',
  origin: 'word',
  anomaly: 'word',
  phase: 'word',
  reusedBy: 'long',
  what: 'word',
  timer: 'word',
  backoff: 'int',
  seqStart: 'uint',
  seqEnd: 'uint',
  error: 'word',
  errno: 'word',
  direction: 'word',
  reason: 'word',
  segSeq: 'uint',
  segAck: 'uint',
  segFlags: 'int',
  cause: 'word',
  lost: 'long',
  shed: 'long',
  fromNs: 'long',
  toNs: 'long',
  share: 'int',
  target: 'word',
  attempt: 'int',
  alive: 'yes',
  mismatch: 'word',
  id: 'word',
  detector: 'word',
  severity: 'word',
  confidence: 'word',
  since: 'time',
  summary: 'text',
  json: 'text',
} as const satisfies Record<string, ColumnType>;

export type ColumnName = keyof typeof COLUMNS;
/** Before it is given its column's type. */
export type Cell = string | number | boolean | null | undefined;
export type Row = Readonly<Partial<Record<ColumnName, Cell>>>;

/** Kinds whose fields do not all fit columns: those are in `json`, as the ndjson line has them. */
const NESTED: ReadonlySet<EventKind> = new Set(['probe', 'finding', 'gap', 'neighbour', 'tier']);

/** What is told of an owner beyond `pid` and `comm`: where it runs. */
const OWNED: readonly ColumnName[] = ['unit', 'container', 'pod'];

/** What columns an event of each kind can fill; all others of its row are null. */
export const FILLED: Readonly<Record<EventKind, readonly ColumnName[]>> = Object.fromEntries(
  EVENT_KINDS.map((kind) => {
    const schema = EventWire.options.find(({ shape }) => shape.kind.value === kind);
    const told = Object.keys(schema?.shape ?? {});
    const fields = new Set([
      ...told,
      ...(told.includes('owner') ? OWNED : []),
      ...(kind === 'finding' ? ['laddr', 'lport', 'raddr', 'rport', 'netns'] : []),
    ]);
    const names = Object.keys(COLUMNS) as ColumnName[];
    return [kind, names.filter((name) => fields.has(name) || (name === 'json' && NESTED.has(kind)))];
  }),
) as unknown as Record<EventKind, readonly ColumnName[]>;

/** The event as one row. `at` and `since` are µs since 1970. */
export function rowOf(event: Event, host: string): Row {
  switch (event.kind) {
    case 'probe': {
      const { seq, ns, kind, sock, netns, attempt, verdict } = event;
      const { target, attempt: number, reason, laddr, lport, raddr, rport, wallUs } = attempt;
      const { alive, cause, mismatch } = verdict;
      const common = { seq, kind, at: wallUs, ns: attempt.moments.called ?? ns, host, sock, netns, laddr, lport, raddr, rport };
      return { ...common, reason, target, attempt: number, alive, cause, mismatch, json: printEvent(event, host) };
    }
    case 'finding': {
      const { netns, laddr, lport, raddr, rport } = event.subject;
      return { ...stamped(event, host), netns, laddr, lport, raddr, rport, json: printEvent(event, host) };
    }
    case 'gap':
    case 'neighbour':
    case 'tier':
      return { ...stamped(event, host), json: printEvent(event, host) };
    default:
      return stamped(event, host);
  }
}

function stamped(event: Exclude<Event, { kind: 'probe' }>, host: string): Row {
  const row: Row = { ...event, at: event.wallUs, host };
  if (!('owner' in event) || event.owner === null) return row;
  const { unit, container, pod } = event.owner;
  return { ...row, unit, container: container?.id, pod: pod === null ? null : podName(pod) };
}
