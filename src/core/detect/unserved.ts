import type { DropEvent } from '../model/event.ts';
import { MAX_LISTED } from '../model/finding.ts';
import { tupleKey } from '../model/four-tuple.ts';
import type { QueuesInput, WaitingSample } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { SocketTable } from '../track/sockets.ts';

/** A connection that a listener's process does not serve, and since when. */
export interface Neglected {
  readonly one: WaitingSample;
  readonly sinceNs: number;
  /** Looks in a row that found it so. */
  readonly looks: number;
}

/** A listener as its connections show it. */
export interface Service {
  readonly key: string;
  readonly netns: number | null;
  readonly laddr: string;
  readonly lport: number;
  /** Waiting for accept(), and the backlog, as listed last; null before any listing. */
  queue: { readonly waiting: number; readonly backlog: number } | null;
  /** Established in the kernel, never accepted: ino 0. By four-tuple. */
  unaccepted: Map<string, Neglected>;
  /** Accepted, and what the peer sent is not read, look after look; since it came, as far as the kernel tells that. */
  unread: Map<string, Neglected>;
  /** Clients that believe they are connected: their final ACK was dropped again and again. */
  refused: Map<string, Refused>;
  lookedNs: number;
}

export interface Refused {
  readonly firstNs: number;
  lastNs: number;
  drops: number;
  seqs: number[];
}

const SERVICES = 1024;
const REFUSED = 256;
const ACK = 16;
const SYN_OR_RST = 6;

/** What the accepting side's own queues say of connections that nobody serves. Bounded by what a look lists. */
export class Unserved {
  readonly #services = new Map<string, Service>();
  readonly #sockets: SocketTable;

  constructor(sockets: SocketTable) {
    this.#sockets = sockets;
  }

  services(): Iterable<Service> {
    return this.#services.values();
  }

  /** A look at listeners and at what waits. Gives the services of that namespace that are, or were, neglected. */
  looked({ netns, listeners, waiting, leftOut, fromNs, atNs }: QueuesInput): Service[] {
    if (listeners === null || waiting === null) return [];
    const queues = new Map<string, { readonly laddr: string; readonly waiting: number; readonly backlog: number }>();
    for (const one of listeners) {
      queues.set(`${one.laddr} ${one.lport}`, one);
      // A listener for all addresses, whichever family: the most used stands for it.
      if (one.laddr === '0.0.0.0' || one.laddr === '::') queues.set(`* ${one.lport}`, one);
    }
    const before = new Map([...this.#services.values()].filter((one) => one.netns === netns).map((one) => [one.key, one]));
    const now = new Map<Service, { unaccepted: Service['unaccepted']; unread: Service['unread'] }>();
    for (const one of waiting) {
      if (one.state !== 'ESTABLISHED' && one.state !== 'CLOSE_WAIT') continue;
      const queue = queues.get(`${one.laddr} ${one.lport}`) ?? queues.get(`* ${one.lport}`);
      if (queue === undefined || (one.owned && one.recvQ === 0)) continue;
      const service = this.#of(netns, queue.laddr, one.lport);
      service.queue = queue;
      let those = now.get(service);
      if (those === undefined) {
        those = { unaccepted: new Map(), unread: new Map() };
        now.set(service, those);
      }
      const key = tupleKey(netns, one);
      const known = (one.owned ? service.unread : service.unaccepted).get(key);
      const looks = (known?.looks ?? 0) + 1;
      if (!one.owned) those.unaccepted.set(key, { one, looks, sinceNs: known?.sinceNs ?? this.#born(netns, one, fromNs) });
      else if (known === undefined) those.unread.set(key, { one, looks, sinceNs: fromNs - (one.info?.lastRcvMs ?? 0) * 1e6 });
      // A queue that shrank was read from.
      else
        those.unread.set(key, known.one.recvQ <= one.recvQ ? { one, looks, sinceNs: known.sinceNs } : { one, looks: 1, sinceNs: fromNs });
    }
    for (const [service, { unaccepted, unread }] of now) {
      service.unaccepted = unaccepted;
      service.unread = unread;
      service.lookedNs = atNs;
      before.delete(service.key);
    }
    if (leftOut === 0) for (const service of before.values()) this.#empty(service, atNs);
    return [...now.keys(), ...before.values()];
  }

  /** A final ACK that found the accept queue full: its client is connected, and nobody here is. */
  dropped({ netns, laddr, lport, raddr, rport, ns, seq, segFlags }: DropEvent): Service | null {
    if ((segFlags & ACK) === 0 || (segFlags & SYN_OR_RST) !== 0) return null;
    const service = this.#of(netns, laddr, lport);
    const key = tupleKey(netns, { laddr, lport, raddr, rport });
    const known = service.refused.get(key) ?? { firstNs: ns, lastNs: ns, drops: 0, seqs: [] };
    known.lastNs = ns;
    known.drops++;
    known.seqs = [...known.seqs.slice(1 - MAX_LISTED), seq];
    keepNewest(service.refused, key, known, REFUSED);
    return service;
  }

  forget(service: Service): void {
    this.#services.delete(service.key);
  }

  keepNamespaces(alive: ReadonlySet<number>): Service[] {
    const gone = [...this.#services.values()].filter(({ netns }) => netns !== null && !alive.has(netns));
    for (const service of gone) this.forget(service);
    return gone;
  }

  #empty(service: Service, atNs: number): void {
    service.unaccepted = new Map();
    service.unread = new Map();
    service.lookedNs = atNs;
  }

  /** When an unaccepted connection was established: the kernel told, or else it is as old as the first look. */
  #born(netns: number | null, one: WaitingSample, fromNs: number): number {
    const sock = this.#sockets.of(netns, one);
    return sock !== null && sock.state === 'ESTABLISHED' && sock.sinceNs <= fromNs ? sock.sinceNs : fromNs;
  }

  #of(netns: number | null, laddr: string, lport: number): Service {
    const key = `service ${netns} ${laddr} ${lport}`;
    const known = this.#services.get(key);
    if (known !== undefined) return known;
    const maps = { unaccepted: new Map(), unread: new Map(), refused: new Map() };
    const fresh: Service = { key, netns, laddr, lport, queue: null, ...maps, lookedNs: Number.NEGATIVE_INFINITY };
    keepNewest(this.#services, key, fresh, SERVICES);
    return fresh;
  }
}
