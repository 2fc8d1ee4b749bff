import { type FourTuple, tupleKey } from '../../core/model/four-tuple.ts';
import type { TcpState } from '../../core/model/tcp-state.ts';
import type { EventWire } from '../../formats/event.ts';
import type { Connection } from '../../formats/status.ts';
import { forgetOldest } from './forget-oldest.ts';
import type { SocketEvent } from './row.ts';

/** Lives ended lately, at least so many: TIME_WAIT is entered just after CLOSE and goes on with what was known then. */
const REMEMBERED = 1024;

/**
 * Connections as the snapshot listed them, kept current from events. Bounded: at `cap` rows further ones are counted, not kept.
 * Events up to the snapshot's `seq` are in it already and change nothing.
 */
export class ConnectionTable {
  readonly #cap: number;
  readonly #rows = new Map<number, Connection>();
  /** Who holds a four-tuple in TIME_WAIT: an event that ends it may not name the socket. */
  readonly #timeWait = new Map<string, number>();
  readonly #ended = new Map<number, Connection>();
  #seq = 0;
  #only: TcpState | null = null;
  #unlisted = 0;
  /** Which rows changed since somebody last asked; null: all may have. */
  #changed: Set<number> | null = null;
  /** Sockets that ended since the snapshot, while its further pages come: those may still list them. */
  #endedSince: Set<number> | null = null;

  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Connections that fit and are not kept here: beyond the snapshot's list or beyond the cap. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /** All rows, in the order in which they came. */
  values(): IterableIterator<Connection> {
    return this.#rows.values();
  }

  /** The socket's row, or what was last known of one that ended lately; null where neither is here. */
  get(sock: number): Connection | null {
    return this.#rows.get(sock) ?? this.#ended.get(sock) ?? null;
  }

  /** The row of a socket that lives. */
  living(sock: number): Connection | undefined {
    return this.#rows.get(sock);
  }

  /** Sockets whose rows came, changed or went since the last call; null where that may be any. For one asker. */
  takeChanged(): ReadonlySet<number> | null {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** `only`: the one state that the filter in force lets stay, null for any. An event that tells of leaving it fits the filter, its row no more. */
  reset(snapshot: { seq: number; total: number; connections: readonly Connection[] }, only: TcpState | null = null): void {
    this.#only = only;
    this.#rows.clear();
    this.#timeWait.clear();
    this.#ended.clear();
    this.#seq = snapshot.seq;
    this.#changed = null;
    this.#endedSince = new Set();
    for (const connection of snapshot.connections) this.#put(connection);
    this.#unlisted = snapshot.total - snapshot.connections.length;
  }

  /** A further page of what the snapshot only counted. What events have told since is newer and stays. */
  more(connections: readonly Connection[]): void {
    for (const connection of connections) {
      if (this.#rows.has(connection.sock) || this.#endedSince?.has(connection.sock) === true) continue;
      this.#put(connection);
    }
    this.#unlisted = Math.max(0, this.#unlisted - connections.length);
  }

  /** All pages have come; `unlisted`: how many connections fit and are not here. */
  whole(unlisted: number): void {
    this.#endedSince = null;
    this.#unlisted = unlisted;
  }

  accept(event: EventWire): void {
    if (event.seq <= this.#seq) return;
    if (event.kind === 'state') this.#state(event);
    else if (event.kind === 'time-wait') this.#timeWaitChange(event);
    else if (event.kind === 'retransmit') this.#retransmitted(event);
  }

  #state(event: Extract<EventWire, { kind: 'state' }>): void {
    if (event.sock === null || event.netns === null) return;
    const known = this.#rows.get(event.sock);
    if (event.to === 'CLOSE') {
      if (known !== undefined) this.#end(known);
      return;
    }
    const origin = event.origin ?? known?.origin ?? null;
    this.#put(withOwner({ ...bare(event, event.sock, event.netns), state: event.to, origin, retransmits: known?.retransmits ?? 0 }, known));
  }

  #timeWaitChange(event: Extract<EventWire, { kind: 'time-wait' }>): void {
    if (event.phase === 'leave') {
      const sock = event.sock ?? (event.netns === null ? undefined : this.#timeWait.get(tupleKey(event.netns, event)));
      const row = sock === undefined ? undefined : this.#rows.get(sock);
      if (row?.state === 'TIME_WAIT') this.#end(row);
      return;
    }
    if (event.sock === null || event.netns === null) return;
    const known = this.#rows.get(event.sock) ?? this.#ended.get(event.sock);
    const row = { ...bare(event, event.sock, event.netns), origin: known?.origin ?? null, retransmits: known?.retransmits ?? 0 };
    this.#put(withOwner({ ...row, state: 'TIME_WAIT' }, known));
  }

  /** At SYN_SENT the kernel had not chosen the port yet; what it sends again has one. */
  #retransmitted({ sock, laddr, lport }: Extract<EventWire, { kind: 'retransmit' }>): void {
    const known = sock === null ? undefined : this.#rows.get(sock);
    if (known === undefined) return;
    const local = known.lport === 0 ? { laddr, lport } : {};
    this.#rows.set(known.sock, { ...known, ...local, retransmits: known.retransmits + 1 });
    this.#changed?.add(known.sock);
  }

  #put(row: Connection): void {
    if (this.#only !== null && row.state !== this.#only) {
      if (this.#rows.has(row.sock)) this.#end(row);
      return;
    }
    if (!this.#rows.has(row.sock) && this.#rows.size >= this.#cap) {
      this.#unlisted++;
      return;
    }
    this.#rows.set(row.sock, row);
    this.#changed?.add(row.sock);
    if (row.state === 'TIME_WAIT') this.#timeWait.set(tupleKey(row.netns, row), row.sock);
  }

  #end(row: Connection): void {
    this.#rows.delete(row.sock);
    this.#changed?.add(row.sock);
    this.#endedSince?.add(row.sock);
    const key = tupleKey(row.netns, row);
    if (this.#timeWait.get(key) === row.sock) this.#timeWait.delete(key);
    this.#ended.set(row.sock, row);
    if (this.#ended.size > 2 * REMEMBERED) forgetOldest(this.#ended, REMEMBERED);
  }
}

type Bare = Pick<Connection, 'sock' | 'netns' | 'family' | 'sinceNs' | 'pid' | 'comm' | 'owner' | 'netnsName' | 'probe' | keyof FourTuple>;

function bare(event: SocketEvent, sock: number, netns: number): Bare {
  const { family, laddr, lport, raddr, rport, pid, comm, owner, netnsName, probe } = event;
  return { sock, netns, family, laddr, lport, raddr, rport, sinceNs: event.ns, pid, comm, owner, netnsName, probe };
}

/** An owner once known stays known: later transitions happen in softirq, which has none. */
function withOwner(row: Connection, known: Connection | undefined): Connection {
  if (known === undefined) return row;
  if (row.pid === null) return { ...row, pid: known.pid, comm: known.comm, owner: known.owner };
  return row.owner === null && row.pid === known.pid ? { ...row, owner: known.owner } : row;
}
