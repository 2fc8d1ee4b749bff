import type { Event, FindingEvent, SocketRef } from '../../src/core/model/event.ts';
import type { FourTuple } from '../../src/core/model/four-tuple.ts';
import type { Deed, Truth } from './scenario.ts';

/** Events about one socket. */
export type SocketEvent = Extract<Event, SocketRef>;
type Of<K extends SocketEvent['kind']> = Extract<SocketEvent, { kind: K }>;

/** Which host of a scenario an event happened at; null where it is none of theirs. An error report tells no namespace: its address must do. */
export function hostOf(truth: Truth, event: Event): string | null {
  if (!isOfSocket(event)) return null;
  for (const [name, { netns, address }] of Object.entries(truth.hosts)) {
    if (event.netns === netns || (event.netns === null && event.laddr === address)) return name;
  }
  return null;
}

/** Whether a finding is about the scenario's hosts: by namespace, or by address where that is not known. */
export function isAbout(truth: Truth, { subject }: FindingEvent): boolean {
  const hosts = Object.values(truth.hosts);
  if (subject.netns !== null) return hosts.some(({ netns }) => netns === subject.netns);
  const [{ address } = { address: '' }] = hosts;
  const subnet = address.slice(0, address.lastIndexOf('.') + 1);
  const ends = [subject, ...subject.sockets].flatMap(({ laddr, raddr }) => [laddr, raddr]);
  return subnet !== '' && [...ends, subject.network].some((text) => text?.startsWith(subnet) === true);
}

export function isOfSocket(event: Event): event is SocketEvent {
  return 'rport' in event;
}

/** What Synoptic said of a scenario, to be held against what was done. */
export class Seen {
  readonly truth: Truth;
  readonly events: readonly Event[];

  constructor(truth: Truth, events: readonly Event[]) {
    this.truth = truth;
    this.events = events;
  }

  /** Events of one kind at one host, in order. */
  all<K extends SocketEvent['kind']>(kind: K, host: string, fits: (event: Of<K>) => boolean = () => true): Of<K>[] {
    return this.events.filter((event): event is Of<K> => event.kind === kind && hostOf(this.truth, event) === host && fits(event as Of<K>));
  }

  /** `ESTABLISHED→CLOSE`, … of a host's sockets, in order. */
  moves(host: string, fits: (event: Of<'state'>) => boolean = () => true): string[] {
    return this.all('state', host, fits).map(({ from, to }) => `${from}→${to}`);
  }

  /** The deed that says so. */
  deed(words: string): Deed {
    const found = this.truth.deeds.find(({ what }) => what.includes(words));
    if (found === undefined) throw new Error(`nothing was done that says "${words}"`);
    return found;
  }

  /** Whether something happened after a deed began. */
  after(words: string): (event: Event) => boolean {
    const { fromNs } = this.deed(words);
    return ({ ns }) => ns >= fromNs;
  }

  /** Milliseconds from a deed's beginning to each event. */
  times(events: readonly Event[], words: string): number[] {
    const { fromNs } = this.deed(words);
    return events.map(({ ns }) => (ns - fromNs) / 1e6);
  }

  /** The connections of a deed, as their client sees them. */
  flows(words: string): readonly FourTuple[] {
    return this.deed(words).flows;
  }
}

/** How often each comes. */
export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
