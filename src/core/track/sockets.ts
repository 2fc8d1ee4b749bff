import type { Origin, StateAnomaly } from '../model/event.ts';
import { type FourTuple, tupleKey } from '../model/four-tuple.ts';
import type { SampledSocket } from '../model/input.ts';
import type { Owner } from '../model/owner.ts';
import type { StateRecord } from '../model/record.ts';
import { beginsLife, TCP_STATES, type TcpState } from '../model/tcp-state.ts';
import { Breaks } from './breaks.ts';
import { Chain } from './chain.ts';
import { Lately } from './lately.ts';
import { OwnerBook } from './owners.ts';
import { PointerIndex } from './pointer-index.ts';
import { Sharing } from './sharing.ts';
import { anomalyOf, differs, type Placed, type Sock } from './sock.ts';
import { TupleIndex } from './tuple-index.ts';

/** What a transition did to the table. */
export interface Step {
  readonly sock: Sock | null;
  readonly dwellUs: number | null;
  readonly anomaly: StateAnomaly | null;
}

/** When sockets were listed, and whom they name as owners where a recorder lists what was known. */
export interface Listing {
  readonly fromNs: number;
  readonly toNs: number;
  readonly owners: readonly Owner[];
}

/**
 * The sockets that live now, by the kernel's pointer and by four-tuple. The pointer is reused at once after a socket's end, so a
 * life begins only where the kernel begins one (connect, listen, a listener's child) and ends at CLOSE. Where a beginning was lost, the
 * four-tuple tells that another socket now lives at a pointer.
 */
export class SocketTable {
  readonly breaks = new Breaks();
  readonly #cap: number;
  readonly #byPointer = new PointerIndex<Sock>();
  readonly #byTuple: TupleIndex<Sock>;
  /** All that share a four-tuple without a remote port (SO_REUSEPORT), of which the index has one. */
  readonly #sharing = new Sharing<Sock>();
  /** In the order in which they came to be known. */
  readonly #all = new Chain<Sock>();
  readonly #counts = counts();
  readonly #lately: Lately<Sock>;
  readonly #owners: OwnerBook;
  #partial = false;
  /** Whether a listing has corrected what was not told; true while all has been. */
  #mended = true;
  #nextId = 1;
  #evicted = 0;

  /** `cap`: sockets at most; `seed`: see TupleIndex; `owners`: who says whose pid it was. */
  constructor(cap: number, seed = 0, owners = new OwnerBook()) {
    this.#cap = cap;
    this.#owners = owners;
    this.#byTuple = new TupleIndex(seed);
    this.#lately = new Lately(seed);
  }

  /** Whether only some sockets are told from now on: then a step that was not seen is nothing to wonder about. */
  partial(yes: boolean): void {
    this.#partial = yes;
    if (yes) this.#mended = false;
  }

  /** Applies one transition at `ns`. A socket that reaches CLOSE leaves the table; the returned one still tells who it was. */
  transition(record: StateRecord, ns: number): Step {
    const known = this.#byPointer.get(record.skaddr) ?? null;
    let sock = known;
    const begun = beginsLife(record.key);
    if (sock !== null && (begun || differs(sock, record))) {
      if (this.#mended) this.breaks.broke(sock.heardNs, ns);
      this.#remove(sock);
      sock = null;
    }
    if (begun) {
      sock = this.#add(record, record.skaddr, record.from === 'CLOSE' && record.to === 'SYN_SENT' ? 'active' : 'passive', record.from, ns);
    } else if (sock === null) {
      sock = this.#adopt(record);
      if (sock === null && record.from !== 'CLOSE') sock = this.#add(record, record.skaddr, null, record.from, null);
    }
    const anomaly = anomalyOf(record, this.#mended ? sock : null);
    if (sock === null) return { sock, dwellUs: null, anomaly };
    // Not of one that was only listed.
    if (anomaly === 'discontinuity' && sock === known) this.breaks.broke(sock.heardNs, ns);
    const dwellUs = anomaly === null && sock.sinceNs <= ns ? (ns - sock.sinceNs) / 1000 : null;
    this.#fill(sock, record, ns);
    this.#setState(sock, record.to);
    sock.heardNs = ns;
    sock.sinceNs = ns;
    if (record.to === 'CLOSE') {
      this.#remove(sock);
      this.#lately.closed(sock);
    }
    return { sock, dwellUs: begun ? null : dwellUs, anomaly };
  }

  /** The socket at this record's pointer now; null where another's four-tuple says that it is not the one known. */
  at(record: Placed): Sock | null {
    const sock = record.skaddr === 0 ? undefined : this.#byPointer.get(record.skaddr);
    return sock === undefined || differs(sock, record) ? null : sock;
  }

  /** The socket with this four-tuple now. */
  of(netns: number | null, tuple: FourTuple): Sock | null {
    return this.#byTuple.get(netns, tuple) ?? null;
  }

  /** The socket that was at this record's pointer and closed just before `ns`: an abort sends its RST afterwards. */
  lateAt(record: Placed, ns: number): Sock | null {
    const sock = record.skaddr === 0 ? null : this.#lately.at(record.skaddr, ns);
    return sock === null || differs(sock, record) ? null : sock;
  }

  /** The socket that had this four-tuple and closed just before `ns`: its error is reported afterwards. */
  lateOf(netns: number | null, tuple: FourTuple, ns: number): Sock | null {
    return this.#lately.of(netns, tuple, ns);
  }

  /** Takes the chosen port from a later record: at SYN_SENT the kernel still says 0. */
  learn(sock: Sock, tuple: FourTuple): void {
    if (sock.lport === 0 && tuple.lport !== 0) {
      sock.laddr = tuple.laddr;
      sock.lport = tuple.lport;
      this.#index(sock);
    }
  }

  /**
   * Brings the table in line with a listing of one namespace taken from `fromNs` on: adds what was there before us, corrects
   * states, forgets what is gone. Sockets heard of since `fromNs` are left as they are, closed ones too: the hooks know better. Not added
   * are CLOSE (bound, not connected) and SYN_RECV (to `ss` a request socket): no hook would ever tell their end.
   */
  reconcile(netns: number | null, sockets: readonly SampledSocket[], fromNs: number, more: Partial<Listing> = {}): void {
    const listing = { toNs: fromNs, owners: [], ...more, fromNs };
    if (!this.#partial) this.#mended = true;
    const listed = new Set<string>();
    for (const sample of sockets) {
      const key = tupleKey(netns, sample);
      listed.add(key);
      const known = this.#byTuple.get(netns, sample);
      if (known === undefined) {
        const untold = sample.state === 'CLOSE' || sample.state === 'SYN_RECV' || sample.state === 'NEW_SYN_RECV';
        if (!untold && !this.#lately.since(netns, sample, fromNs)) this.#seed(sample, netns, listing);
      } else if (known.heardNs < fromNs) {
        if (known.state !== sample.state) {
          this.#setState(known, sample.state);
          known.sinceNs = Number.NaN;
        }
        if (known.pid !== null) known.comm ??= sample.comm;
      }
      if (known !== undefined && known.pid === null) this.#own(known, sample, listing);
    }
    for (const sock of this.#all) {
      if (sock.netns === netns && sock.heardNs < fromNs && sock.placed && !listed.has(tupleKey(netns, sock))) this.#remove(sock);
    }
  }

  /** Forgets the sockets of namespaces that exist no more. */
  keepNamespaces(alive: ReadonlySet<number>): void {
    for (const sock of this.#all) if (sock.netns !== null && !alive.has(sock.netns)) this.#remove(sock);
  }

  values(): Iterable<Sock> {
    return this.#all;
  }

  get size(): number {
    return this.#all.size;
  }

  get evicted(): number {
    return this.#evicted;
  }

  /** How many are in `state`; TIME_WAIT is the ledger's. */
  count(state: TcpState): number {
    return this.#counts[state];
  }

  #add(tuple: FourTuple & { netns: number | null }, skaddr: number, origin: Origin | null, state: TcpState, ns: number | null): Sock {
    const sock: Sock = {
      id: this.#nextId++,
      skaddr,
      netns: tuple.netns,
      laddr: tuple.laddr,
      lport: tuple.lport,
      raddr: tuple.raddr,
      rport: tuple.rport,
      state,
      sinceNs: ns ?? Number.NaN,
      heardNs: ns ?? 0,
      pid: null,
      comm: null,
      owner: null,
      origin,
      probe: null,
      retransmits: 0,
      placed: false,
      holding: false,
      older: null,
      newer: null,
    };
    this.#all.add(sock);
    if (skaddr !== 0) this.#byPointer.set(sock);
    this.#index(sock);
    this.#counts[state]++;
    if (this.#all.size > this.#cap) this.#evict();
    return sock;
  }

  #seed(sample: SampledSocket, netns: number | null, listing: Listing): void {
    const sock = this.#add({ ...sample, netns }, 0, 'seeded', sample.state, null);
    sock.heardNs = listing.fromNs;
    this.#own(sock, sample, listing);
  }

  /** A seeded socket is heard of for the first time: from now on it has a pointer. */
  #adopt(record: StateRecord): Sock | null {
    const sock = this.#pointerless(record);
    if (sock === null) return null;
    sock.skaddr = record.skaddr;
    this.#byPointer.set(sock);
    return sock;
  }

  /** The one with this four-tuple that has no pointer yet. */
  #pointerless(record: StateRecord): Sock | null {
    const indexed = this.#byTuple.get(record.netns, record);
    if (indexed === undefined || indexed.skaddr === 0) return indexed ?? null;
    for (const sock of this.#sharing.of(tupleKey(record.netns, record))) if (sock.skaddr === 0) return sock;
    return null;
  }

  #fill(sock: Sock, record: StateRecord, ns: number): void {
    this.learn(sock, record);
    const { pid, comm } = record;
    // At CLOSE the lock may be a killer's (ss -K): whoever was known stays the owner.
    if (pid === null || (record.to === 'CLOSE' && sock.pid !== null)) return;
    const other = pid !== sock.pid;
    // A name may not be known yet; the same owner's keeps.
    if (comm !== null || other) sock.comm = comm;
    sock.pid = pid;
    if (!other && sock.owner?.lack === null) return;
    const owner = this.#owners.claim(sock, pid, comm, ns);
    if (owner !== null || other) sock.owner = owner;
  }

  /** A listing names its owner. */
  #own(sock: Sock, sample: SampledSocket, listing: Listing): void {
    sock.pid = sample.pid;
    sock.comm = sample.comm;
    const { fromNs, toNs, owners } = listing;
    const told = sample.owner === undefined ? null : (owners[sample.owner] ?? null);
    // Whom `ss` names has held the socket at some time of the listing.
    sock.owner = told ?? (sample.pid === null ? null : this.#owners.claim(sock, sample.pid, null, fromNs, toNs));
  }

  #index(sock: Sock): void {
    if (sock.lport === 0) return;
    const before = this.#byTuple.set(sock);
    sock.placed = true;
    if (sock.rport === 0) this.#sharing.add(tupleKey(sock.netns, sock), sock);
    // Listeners may share an address (SO_REUSEPORT), connections not: whoever had this four-tuple has ended unseen.
    else if (before !== undefined && before !== sock) this.#remove(before);
  }

  #setState(sock: Sock, state: TcpState): void {
    this.#counts[sock.state]--;
    sock.state = state;
    this.#counts[state]++;
  }

  #remove(sock: Sock): void {
    this.#all.remove(sock);
    this.#counts[sock.state]--;
    if (sock.skaddr !== 0) this.#byPointer.delete(sock);
    if (!sock.placed) return;
    sock.placed = false;
    const found = this.#byTuple.delete(sock);
    if (sock.rport !== 0) return;
    // Others that share the address live on: one of them is what is found from now on.
    const other = this.#sharing.remove(tupleKey(sock.netns, sock), sock);
    if (other !== null && found) this.#byTuple.set(other);
  }

  /** The one known longest goes: it may be a leak of ours, a socket whose end was lost. */
  #evict(): void {
    const { oldest } = this.#all;
    if (oldest === null) return;
    this.#remove(oldest);
    this.#evicted++;
  }
}

function counts(): Record<TcpState, number> {
  const zero = Object.fromEntries(TCP_STATES.map((state) => [state, 0]));
  return zero as Record<TcpState, number>;
}
