import type { Event, Stamp } from '../model/event.ts';
import type { SampledSocket, SocketsInput, StartInput } from '../model/input.ts';
import type {
  DropRecord,
  NeighbourRecord,
  ResetRecord,
  RetransmitRecord,
  SocketErrorRecord,
  StateRecord,
  TimeWaitRecord,
} from '../model/record.ts';
import { Births } from '../track/births.ts';
import { NamespaceNames } from '../track/namespace-names.ts';
import { Neighbours } from '../track/neighbours.ts';
import { OwnerBook } from '../track/owners.ts';
import { isMini, leftBehind, type Remnant } from '../track/remnant.ts';
import type { Sock } from '../track/sock.ts';
import { SocketTable } from '../track/sockets.ts';
import { TimeWaitLedger } from '../track/time-wait.ts';
import type { CanaryJoin } from './canary.ts';
import { dropEvent, type Known, resetEvent, retransmitEvent, socketErrorEvent, stateEvent, timeWaitEvent } from './events.ts';
import type { ProbeJoin } from './probe-join.ts';

/** The records that become events. */
export type Telling = StateRecord | RetransmitRecord | ResetRecord | DropRecord | SocketErrorRecord | NeighbourRecord | TimeWaitRecord;

export interface ChronicleOptions {
  readonly start: StartInput;
  readonly canary: CanaryJoin;
  readonly probes: Pick<ProbeJoin, 'nameOf'>;
  readonly maxSockets: number;
  /** Numbers the next event. */
  stamp(ns: number): Stamp;
  emit(event: Event): void;
}

/** TCP header flags. */
const FIN = 1;
const RST = 4;

/**
 * Tells what happened, record by record in the order of time: each becomes an event, joined with what is known of its socket, and what
 * is known is brought up to date.
 */
export class Chronicle {
  readonly #options: ChronicleOptions;
  readonly #births = new Births();
  readonly #neighbours = new Neighbours();
  readonly sockets: SocketTable;
  readonly timeWait: TimeWaitLedger;
  /** Who has which pid, and what namespaces are called. */
  readonly owners: OwnerBook;
  readonly names = new NamespaceNames();

  constructor(options: ChronicleOptions) {
    this.#options = options;
    // When a run began, to the nanosecond, is nothing that a peer knows; and a replay begins with it, too.
    const seed = options.start.atNs;
    this.owners = new OwnerBook(options.start.owners === true);
    this.sockets = new SocketTable(options.maxSockets, seed, this.owners);
    this.timeWait = new TimeWaitLedger(undefined, seed);
  }

  /** One record; `ns` is CLOCK_MONOTONIC. */
  tell(record: Telling, ns: number): void {
    switch (record.type) {
      case 'state':
        this.#onState(record, ns);
        break;
      case 'retransmit':
        this.#onRetransmit(record, ns);
        break;
      case 'reset':
        this.#onReset(record, ns);
        break;
      case 'drop':
        this.#onDrop(record, ns);
        break;
      case 'socket-error':
        this.#onSocketError(record, ns);
        break;
      case 'neighbour':
        this.#onNeighbour(record, ns);
        break;
      case 'time-wait':
        this.#onTimeWait(record, ns);
        break;
    }
  }

  /** A listing of one namespace: what was there before us, and what changed unseen. */
  reconcile({ netns, sockets, fromNs, atNs, owners = [] }: SocketsInput, ns: number): void {
    const full = sockets.filter((sample) => !isMini(sample));
    this.sockets.reconcile(netns, full, fromNs, { toNs: atNs, owners });
    // A mini-socket in the listing whose four-tuple a socket has taken over meanwhile is gone again.
    const minis = sockets.filter((sample: SampledSocket) => isMini(sample) && this.sockets.of(netns, sample) === null);
    for (const gone of this.timeWait.reconcile(netns, minis, fromNs)) this.#left(gone, ns, null);
  }

  /** Time passes: what is over by `ns`. */
  expire(ns: number): void {
    for (const remnant of this.timeWait.expire(ns)) this.#left(remnant, ns, null);
  }

  /** Forgets the namespaces that exist no more. */
  keepNamespaces(alive: ReadonlySet<number>): void {
    this.sockets.keepNamespaces(alive);
    this.timeWait.keepNamespaces(alive);
  }

  #onState(record: StateRecord, ns: number): void {
    const step = this.sockets.transition(record, ns);
    const { sock } = step;
    if (sock !== null && sock.probe === null) sock.probe = this.#options.canary.owns(record) ? 'canary' : this.#dialled(sock);
    if (sock !== null && !sock.holding && sock.lport !== 0 && holdsTuple(record)) this.#reused(sock, ns);
    this.#options.emit(stateEvent(this.#options.stamp(ns), record, step, this.names.of(record.netns)));
    if (record.to !== 'CLOSE' || sock === null) return;
    const birth = this.#births.take(sock.netns, sock, record.ns);
    const phase = birth ?? leftBehind(record);
    if (phase === null || phase === 'none') return;
    const remnant = this.timeWait.enter(sock, phase, ns, record.rcvNxt, birth !== null);
    if (remnant.phase === 'time-wait') this.#entered(remnant, ns, birth === null);
  }

  /** A live socket holds a four-tuple that was in TIME_WAIT: it has been reused. */
  #reused(sock: Sock, ns: number): void {
    sock.holding = true;
    const remnant = this.timeWait.leave(sock.netns, sock, true);
    if (remnant !== null) this.#left(remnant, ns, sock.id);
  }

  #onRetransmit(record: RetransmitRecord, ns: number): void {
    const sock = record.synack ? null : this.#sockOf(record, ns);
    if (sock !== null) sock.retransmits++;
    this.#options.emit(retransmitEvent(this.#options.stamp(ns), record, this.#known(sock, record.netns)));
  }

  #onReset(record: ResetRecord, ns: number): void {
    const sock = this.#sockOf(record, ns);
    this.#options.emit(resetEvent(this.#options.stamp(ns), record, this.#known(sock, record.netns), this.#options.start.resetReasons));
    // FIN_WAIT2→CLOSE without a FIN and then an RST of its own: that was an abort, nothing was left behind.
    if (record.direction !== 'sent' || record.answers) return;
    // By then a port that was not bound is given back: only the socket still knows it.
    const remnant = sock === null ? this.timeWait.get(record.netns, record) : this.timeWait.get(sock.netns, sock);
    if (remnant?.phase === 'fin-wait2') this.timeWait.leave(remnant.netns, remnant);
  }

  #onDrop(record: DropRecord, ns: number): void {
    const reason = this.#options.start.dropReasons[record.reason];
    // How a mini-socket consumes a segment: no loss, but news of it.
    if (reason === 'NOT_SPECIFIED' && record.state === 'TIME_WAIT') this.#onMini(record, ns);
    else {
      const known = this.#known(this.#sockOf(record, ns), record.netns);
      this.#options.emit(dropEvent(this.#options.stamp(ns), record, known, this.#options.start.dropReasons));
    }
  }

  #onMini(record: DropRecord, ns: number): void {
    const remnant = this.timeWait.get(record.netns, record);
    const fin = (record.segFlags & FIN) !== 0;
    if (remnant === null) {
      if (fin) this.timeWait.early(record.netns, record, ns);
    } else if ((record.segFlags & RST) !== 0) {
      if (remnant.exact || !this.timeWait.ends(remnant, record.segSeq)) return;
      this.timeWait.leave(remnant.netns, remnant);
      this.#left(remnant, ns, null);
    } else if (this.timeWait.restart(remnant, fin, ns, record.segSeq)) {
      this.#entered(remnant, ns, true);
    }
  }

  /** What the kernel itself tells of mini-sockets. */
  #onTimeWait(record: TimeWaitRecord, ns: number): void {
    if (record.what === 'born' || record.what === 'refused') {
      this.#births.told(record);
      return;
    }
    const remnant = this.timeWait.get(record.netns, record);
    const inTimeWait = record.phase === 'time-wait';
    if (remnant === null) {
      if (record.what === 'restarted' && inTimeWait) this.timeWait.early(record.netns, record, ns);
    } else if (record.what === 'gone') {
      if (this.timeWait.ended(remnant, ns)) this.#left(remnant, ns, null, false);
    } else if (this.timeWait.restart(remnant, inTimeWait, ns)) this.#entered(remnant, ns, false);
  }

  #onSocketError(record: SocketErrorRecord, ns: number): void {
    if (record.errno === 0) return;
    // The hook names no namespace: the four-tuple is looked for in the observer's own, and not guessed elsewhere.
    const sock = this.#errorOf(this.#options.start.netns, record, ns) ?? this.#errorOf(null, record, ns);
    const netns = sock?.netns ?? null;
    this.#options.emit(socketErrorEvent(this.#options.stamp(ns), record, netns, this.#known(sock, netns)));
  }

  #errorOf(netns: number | null, record: SocketErrorRecord, ns: number): Sock | null {
    return this.sockets.of(netns, record) ?? this.sockets.lateOf(netns, record, ns);
  }

  #onNeighbour(record: NeighbourRecord, ns: number): void {
    const change = this.#neighbours.update(record);
    if (change === null) return;
    const { address, device } = record;
    this.#options.emit({ kind: 'neighbour', ...this.#options.stamp(ns), address, device, ...change });
  }

  /** Which of our own probes the socket was opened for. Only one that connects can be one: the server's end of a loopback probe is not. */
  #dialled(sock: Sock): string | null {
    return sock.origin === 'passive' ? null : this.#options.probes.nameOf(sock, sock.sinceNs);
  }

  /** `inferred`: by us, unless the kernel has said so before. */
  #left(remnant: Remnant, ns: number, reusedBy: number | null, inferred = remnant.endedNs === null): void {
    if (remnant.phase === 'time-wait') this.#tellTimeWait(remnant, 'leave', ns, { inferred, reusedBy });
  }

  #entered(remnant: Remnant, ns: number, inferred: boolean): void {
    this.#tellTimeWait(remnant, 'enter', ns, { inferred, reusedBy: null });
  }

  #tellTimeWait(remnant: Remnant, phase: 'enter' | 'leave', ns: number, told: { inferred: boolean; reusedBy: number | null }): void {
    const netnsName = this.names.of(remnant.netns);
    this.#options.emit(timeWaitEvent(this.#options.stamp(ns), remnant, phase, { ...told, netnsName }));
  }

  #known(sock: Sock | null, netns: number | null): Known {
    return { sock, netnsName: this.names.of(netns) };
  }

  /** The socket a record is about: by pointer, by four-tuple, or one that has just closed; it may tell the port that SYN_SENT did not know. */
  #sockOf(record: RetransmitRecord | ResetRecord | DropRecord, ns: number): Sock | null {
    const sock = this.sockets.at(record);
    if (sock !== null && sock.state !== 'LISTEN') {
      this.sockets.learn(sock, record);
      sock.probe ??= this.#dialled(sock);
      return sock;
    }
    return this.sockets.of(record.netns, record) ?? this.sockets.lateAt(record, ns);
  }
}

/**
 * Whether the socket has its four-tuple by now. At CLOSE→SYN_SENT it only asks for it: a bound one is refused where TIME_WAIT still holds
 * the four-tuple (EADDRNOTAVAIL, with no error in the socket). One whose SYN was answered or timed out had it.
 */
function holdsTuple({ from, to, err }: StateRecord): boolean {
  if (from === 'CLOSE') return to === 'LISTEN';
  return to !== 'CLOSE' || (from === 'SYN_SENT' && err !== null && err !== 0);
}
