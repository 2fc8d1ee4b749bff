import type { StateEvent } from '../model/event.ts';
import { MAX_LISTED, type SubjectSocket } from '../model/finding.ts';
import type { SocketsInput } from '../model/input.ts';
import type { TcpState } from '../model/tcp-state.ts';
import type { Sock } from '../track/sock.ts';
import type { SocketTable } from '../track/sockets.ts';

/** A socket that has been in the state for longer than it should. */
export interface Stay {
  readonly sock: Sock;
  /** When it entered the state; where that was not seen, when it was first found in it. */
  readonly sinceNs: number;
  /** The event that told so; null where a listing did. */
  readonly seq: number | null;
}

/** Sockets that stay in a state, by what they have in common. Those of age are told apart from the young, in the order of their time. */
export interface Group {
  readonly key: string;
  readonly first: Stay;
  readonly stays: Set<Stay>;
  /** Those that left since the group came to be. */
  left: number;
  /** How many there were at each of the last looks, oldest first. */
  readonly past: { readonly ns: number; readonly count: number }[];
}

export interface StayingOptions {
  readonly state: TcpState;
  readonly sockets: SocketTable;
  readonly ageNs: number;
  keyOf(sock: Sock): string;
}

/** Sockets remembered, groups of them, at most. */
const CAP = 200_000;
const GROUPS = 2048;
/** Looked at in each tick, whether they are there at all: an end that was not told is found by a listing only. */
const SLICE = 256;
const LOOK_NS = 5e9;
const LOOKS = 13;

/**
 * Who has been in a state for too long. A socket costs one entry when it enters and one removal when it leaves; time only moves those that come
 * of age, the oldest first.
 */
export class Staying {
  readonly groups = new Map<string, Group>();
  readonly #options: StayingOptions;
  /** Nearly all leave before they are of age: until then only what told of them is kept, and nothing is looked up. */
  readonly #young = new Map<number, StateEvent | Stay>();
  readonly #old = new Map<number, { readonly stay: Stay; readonly group: Group }>();
  #sweep: Iterator<[number, { readonly stay: Stay }]> | null = null;
  #lookedNs = Number.NEGATIVE_INFINITY;

  constructor(options: StayingOptions) {
    this.#options = options;
  }

  onState(event: StateEvent): void {
    const { state } = this.#options;
    if (event.sock === null || event.from === event.to) return;
    if (event.from === state) this.#leave(event.sock);
    else if (event.to === state && event.probe !== 'canary') this.#enter(event.sock, event);
  }

  /** A listing: those that were there before us, or whose way into the state was not told. */
  onSockets({ netns, sockets, fromNs }: SocketsInput): void {
    for (const sample of sockets) {
      if (sample.state !== this.#options.state) continue;
      const sock = this.#options.sockets.of(netns, sample);
      if (sock === null || sock.state !== sample.state) continue;
      if (!this.#young.has(sock.id) && !this.#old.has(sock.id)) this.#enter(sock.id, { sock, sinceNs: fromNs, seq: null });
    }
  }

  onTick(ns: number): void {
    for (const [id, young] of this.#young) {
      if (ns - ('kind' in young ? young.ns : young.sinceNs) < this.#options.ageNs) break;
      this.#young.delete(id);
      this.#age(id, young);
    }
    this.#sweepSome();
    if (ns - this.#lookedNs < LOOK_NS) return;
    this.#lookedNs = ns;
    for (const group of this.groups.values()) {
      group.past.push({ ns, count: group.stays.size });
      if (group.past.length > LOOKS) group.past.shift();
      if (group.stays.size === 0) this.groups.delete(group.key);
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const [id, young] of this.#young) {
      const { netns } = 'kind' in young ? young : young.sock;
      if (netns !== null && !alive.has(netns)) this.#young.delete(id);
    }
    for (const [id, { stay }] of this.#old) if (stay.sock.netns !== null && !alive.has(stay.sock.netns)) this.#leave(id);
  }

  #enter(id: number, how: StateEvent | Stay): void {
    if (this.#young.size + this.#old.size < CAP) this.#young.set(id, how);
  }

  #age(id: number, how: StateEvent | Stay): void {
    const stay = 'kind' in how ? this.#stayOf(id, how) : how;
    if (stay === null || !this.#isThere(stay)) return;
    const key = this.#options.keyOf(stay.sock);
    let group = this.groups.get(key);
    if (group === undefined) {
      if (this.groups.size >= GROUPS) return;
      group = { key, first: stay, stays: new Set(), left: 0, past: [] };
      this.groups.set(key, group);
    }
    group.stays.add(stay);
    this.#old.set(stay.sock.id, { stay, group });
  }

  #stayOf(id: number, event: StateEvent): Stay | null {
    const sock = this.#options.sockets.of(event.netns, event);
    return sock === null || sock.id !== id ? null : { sock, sinceNs: event.ns, seq: event.seq };
  }

  #leave(id: number): void {
    if (this.#young.delete(id) || this.#old.size === 0) return;
    const old = this.#old.get(id);
    if (old === undefined) return;
    this.#old.delete(id);
    old.group.stays.delete(old.stay);
    old.group.left++;
  }

  #sweepSome(): void {
    this.#sweep ??= this.#old.entries();
    for (let n = 0; n < SLICE; n++) {
      const { value, done } = this.#sweep.next();
      if (done === true) {
        this.#sweep = null;
        return;
      }
      if (!this.#isThere(value[1].stay)) this.#leave(value[0]);
    }
  }

  #isThere({ sock }: Stay): boolean {
    return sock.state === this.#options.state && this.#options.sockets.of(sock.netns, sock) === sock;
  }
}

/** The oldest of a group, and how long it has been there, s. */
export function oldestOf({ stays }: Group, ns: number): { readonly stay: Stay; readonly ageS: number } | null {
  const [stay] = stays;
  return stay === undefined ? null : { stay, ageS: (ns - stay.sinceNs) / 1e9 };
}

/** How many more there are than at the first look remembered, a minute ago at most. */
export function growthOf({ past, stays }: Group, ns: number): { readonly more: number; readonly seconds: number } | null {
  const [first] = past;
  if (first === undefined || ns - first.ns < LOOK_NS) return null;
  return { more: stays.size - first.count, seconds: Math.round((ns - first.ns) / 1e9) };
}

/** The first few, for a subject. */
export function listed({ stays }: Group): SubjectSocket[] {
  const some: SubjectSocket[] = [];
  for (const { sock } of stays) {
    if (some.length >= MAX_LISTED) break;
    const { id, laddr, lport, raddr, rport } = sock;
    some.push({ sock: id, laddr, lport, raddr, rport });
  }
  return some;
}

/** Numbers of the events that told of the first few. */
export function seqsOf({ stays }: Group): number[] {
  const some: number[] = [];
  for (const { seq } of stays) {
    if (some.length >= MAX_LISTED) break;
    if (seq !== null) some.push(seq);
  }
  return some;
}
