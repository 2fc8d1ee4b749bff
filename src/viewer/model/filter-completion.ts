import { EVENT_KINDS } from '../../core/model/event.ts';
import { podName, shortId } from '../../core/model/owner.ts';
import { TCP_STATES } from '../../core/model/tcp-state.ts';
import { FILTER_TERMS, type TermName } from '../../formats/filter-text.ts';
import type { Connection } from '../../formats/status.ts';

export const TERM_WORDS: Readonly<Record<TermName, string>> = {
  port: 'either end’s port: 443 or 8000-8100 or 80,443',
  lport: 'the local port',
  rport: 'the remote port',
  addr: 'either end’s address or network: 10.0.0.0/8',
  laddr: 'the local address or network',
  raddr: 'the remote address or network',
  state: 'in, from or to this state',
  pid: 'the owner’s process id',
  comm: 'the owner’s name; * for any run of characters',
  pod: 'the owner’s pod: its name, namespace/name or uid',
  container: 'the owner’s container: its id, 12 digits do',
  unit: 'the owner’s systemd unit',
  netns: 'the network namespace: its inode or its name',
  kind: 'this kind of event',
  host: 'this machine, in a fleet',
};

export interface Option {
  /** What the text becomes from `from` to `to`. */
  readonly text: string;
  readonly note: string;
}

export interface Completion {
  /** The part of the draft that an option takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Option[];
}

/** As many as there are terms. */
const MOST = FILTER_TERMS.length;

/** What could stand where the caret is: a term's name, or one of its values that are known here. */
export function completionsAt(draft: string, caret: number, known: (name: TermName) => readonly Option[]): Completion {
  const from = draft.lastIndexOf(' ', caret - 1) + 1;
  const space = draft.indexOf(' ', caret);
  const to = space < 0 ? draft.length : space;
  const word = draft.slice(from, caret);
  const equals = word.indexOf('=');
  if (equals < 0) {
    const options = fitting(
      FILTER_TERMS.map((name) => ({ text: `${name}=`, note: TERM_WORDS[name] })),
      word,
    );
    return { from, to, options };
  }
  const name = FILTER_TERMS.find((term) => term === word.slice(0, equals));
  if (name === undefined) return { from, to, options: [] };
  // In a comma list the value being written is the last one.
  const start = from + Math.max(equals, word.lastIndexOf(',')) + 1;
  const typed = draft.slice(start, caret);
  const options = fitting(known(name), typed).filter(({ text }) => text !== typed);
  return { from: start, to, options };
}

/** Values of a term: the closed lists, or what the connections listed here have, the most frequent first. */
export function valuesOf(name: TermName, connections: Iterable<Connection>, host: string | undefined): Option[] {
  if (name === 'state') return TCP_STATES.map((text) => ({ text, note: '' }));
  if (name === 'kind') return EVENT_KINDS.map((text) => ({ text, note: '' }));
  if (name === 'host') return host === undefined ? [] : [{ text: host, note: '' }];
  const counts = new Map<string, number>();
  for (const connection of connections) {
    for (const value of fieldsFor[name](connection)) {
      if (value !== null && value !== 0 && value !== '') counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([value, count]) => ({ text: TEXTS.has(name) ? quoted(value) : value, note: `${count} here` }));
}

type Field = string | number | null;

const fieldsFor: Readonly<Record<Exclude<TermName, 'state' | 'kind' | 'host'>, (of: Connection) => readonly Field[]>> = {
  port: ({ lport, rport }) => [lport, rport],
  lport: ({ lport }) => [lport],
  rport: ({ rport }) => [rport],
  addr: ({ laddr, raddr }) => (laddr === raddr ? [laddr] : [laddr, raddr]),
  laddr: ({ laddr }) => [laddr],
  raddr: ({ raddr }) => [raddr],
  pid: ({ pid }) => [pid],
  comm: ({ comm }) => [comm],
  pod: ({ owner }) => [owner?.pod == null ? null : podName(owner.pod)],
  container: ({ owner }) => [owner?.container == null ? null : shortId(owner.container.id)],
  unit: ({ owner }) => [owner?.unit ?? null],
  netns: ({ netns, netnsName }) => [netnsName ?? netns],
};

/** Terms whose values others chose. */
const TEXTS: ReadonlySet<TermName> = new Set<TermName>(['comm', 'pod', 'container', 'unit', 'netns']);

/** Those that begin so, then those that hold it; capitals do not matter. */
function fitting(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.toLowerCase();
  const begins = options.filter(({ text }) => text.toLowerCase().startsWith(wanted));
  const holds = options.filter(({ text }) => !text.toLowerCase().startsWith(wanted) && text.toLowerCase().includes(wanted));
  return [...begins, ...holds].slice(0, MOST);
}

function quoted(comm: string): string {
  return /[\s"\\*]/.test(comm) ? `"${comm.replaceAll(/["\\*]/g, (c) => `\\${c}`)}"` : comm;
}
