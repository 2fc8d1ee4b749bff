import type {
  DropEvent,
  ResetEvent,
  RetransmitEvent,
  SocketErrorEvent,
  SocketRef,
  StateEvent,
  TimeWaitEvent,
} from '../../core/model/event.ts';
import { keepNewest } from '../../core/model/keep-newest.ts';
import type { TcpState } from '../../core/model/tcp-state.ts';
import { endpoint } from '../../formats/words/endpoint.ts';
import { Line } from './line.ts';
import { SocketGroups } from './socket-groups.ts';
import type { Notes, TraceWriter } from './trace-writer.ts';

/** What happens to a socket beside its changes of state. */
export type Incident = RetransmitEvent | ResetEvent | DropEvent | SocketErrorEvent;

/** Alive or in TIME_WAIT and followed at most, some 30 MB; beyond it the one that nothing was heard of for longest is let go. */
const MOST = 131_072;
/** Of those that are over, remembered for what is told of them afterwards: an error, an RST. */
const MOST_OVER = 4096;

export interface SocketTracksOptions {
  /** Tracks: what the sockets are under, and what all else is. */
  readonly parent: number;
  readonly strays: number;
  /** The observer's own network namespace. */
  readonly netns: number;
  /** @default MOST */
  readonly most?: number;
}

interface Life {
  /** Null until its local port is known: a track's name cannot change. */
  line: Line | null;
  state: TcpState | null;
  /** Its first transition, to SYN_SENT, from before the kernel chose a port. */
  waiting: StateEvent | null;
}

/**
 * A track a socket, its states as slices one behind the other, all else that happened to it as instants. A socket whose state nobody saw
 * begin is drawn from where it was first seen.
 */
export class SocketTracks {
  readonly #trace: TraceWriter;
  readonly #groups: SocketGroups;
  /** By the socket's number, the one heard of last at the end. */
  readonly #lives = new Map<number, Life>();
  readonly #over = new Map<number, Life>();
  /** For what no tracked socket matches. */
  readonly #strays: Line;
  readonly #most: number;
  #nowNs = 0;

  constructor(trace: TraceWriter, options: SocketTracksOptions) {
    const { parent, strays, netns, most = MOST } = options;
    this.#most = most;
    this.#trace = trace;
    this.#groups = new SocketGroups(trace, parent, netns);
    this.#strays = new Line(trace, { name: 'of no tracked socket', parent: strays });
  }

  state(event: StateEvent): void {
    const { sock, from, to, ns, dwellUs } = event;
    if (sock === null) {
      this.#strays.instant(ns, `${from} → ${to}`, { ...ends(event), ...stateNotes(event) });
      return;
    }
    const known = this.#known(sock);
    if (known === undefined && event.lport === 0 && to === 'SYN_SENT') {
      this.#keep(sock, { line: null, state: to, waiting: event });
      return;
    }
    const life = known ?? this.#keep(sock, { line: null, state: null, waiting: null });
    const line = this.#lineOf(life, event, event.origin);
    if (life.state === null && dwellUs !== null && from !== 'CLOSE') {
      line.begin(ns - dwellUs * 1000, from);
      life.state = from;
    }
    if (life.state !== null) line.end(ns);
    life.state = to === 'CLOSE' ? null : to;
    if (to === 'CLOSE') line.instant(ns, to, stateNotes(event));
    else line.begin(ns, to, stateNotes(event));
    this.#heard(sock, life, ns);
  }

  timeWait(event: TimeWaitEvent): void {
    const { sock, ns, phase, inferred, reusedBy, seq } = event;
    if (sock === null) {
      this.#strays.instant(ns, phase === 'enter' ? 'TIME_WAIT' : 'left TIME_WAIT', { ...ends(event), seq, inferred, reusedBy });
      return;
    }
    const life = this.#known(sock) ?? this.#keep(sock, { line: null, state: null, waiting: null });
    const line = this.#lineOf(life, event, null);
    if (phase === 'enter') {
      if (life.state !== null) line.end(ns);
      line.begin(ns, 'TIME_WAIT', { seq, inferred });
      life.state = 'TIME_WAIT';
      this.#heard(sock, life, ns);
      return;
    }
    if (life.state === null) line.instant(ns, 'left TIME_WAIT', { seq, inferred, reusedBy });
    else line.end(ns, { endSeq: seq, reusedBy });
    this.#lives.delete(sock);
  }

  incident(event: Incident): void {
    const { sock, ns } = event;
    const notes = incidentNotes(event);
    if (sock === null) {
      this.#strays.instant(ns, titleOf(event), { ...ends(event), ...notes });
      return;
    }
    const known = this.#known(sock);
    const life = known ?? this.#keep(sock, { line: null, state: null, waiting: null });
    const line = this.#lineOf(life, event, null);
    const state = event.kind === 'socket-error' ? null : event.state;
    if (known === undefined && state !== null && state !== 'CLOSE') {
      line.begin(ns, state, { since: 'not seen' });
      life.state = state;
    }
    line.instant(ns, titleOf(event), notes);
    this.#heard(sock, life, ns);
  }

  /** The capture is over: what still waits for its port will not learn it. Open slices stay open, as the sockets did. */
  end(): void {
    for (const life of this.#lives.values()) if (life.waiting !== null) this.#lineOf(life, life.waiting, life.waiting.origin);
  }

  /** The socket's track, made now where it has none: `event` knows as much of its four-tuple as will be known. */
  #lineOf(life: Life, event: SocketRef, origin: StateEvent['origin']): Line {
    if (life.line !== null) return life.line;
    const { waiting } = life;
    const parent = this.#groups.of(
      waiting?.pid == null ? event : { ...event, pid: waiting.pid, comm: waiting.comm },
      waiting?.origin ?? origin,
    );
    life.line = new Line(this.#trace, { name: tupleOf(event), parent });
    if (waiting !== null) life.line.begin(waiting.ns, waiting.to, { ...stateNotes(waiting), ...identity(event) });
    life.waiting = null;
    return life.line;
  }

  #keep(sock: number, life: Life): Life {
    if (this.#lives.size >= this.#most) this.#letGo();
    this.#lives.set(sock, life);
    return life;
  }

  #letGo(): void {
    for (const [sock, life] of this.#lives) {
      this.#lives.delete(sock);
      if (life.waiting !== null) this.#lineOf(life, life.waiting, life.waiting.origin);
      if (life.state !== null) life.line?.end(this.#nowNs, { end: 'not followed further' });
      return;
    }
  }

  #known(sock: number): Life | undefined {
    return this.#lives.get(sock) ?? this.#over.get(sock);
  }

  #heard(sock: number, life: Life, ns: number): void {
    this.#nowNs = Math.max(this.#nowNs, ns);
    this.#lives.delete(sock);
    this.#over.delete(sock);
    if (life.state === null) keepNewest(this.#over, sock, life, MOST_OVER);
    else this.#keep(sock, life);
  }
}

function tupleOf({ laddr, lport, raddr, rport }: SocketRef): string {
  return rport === 0 ? `${endpoint(laddr, lport)} listening` : `${endpoint(laddr, lport)} → ${endpoint(raddr, rport)}`;
}

function ends(socket: SocketRef): Notes {
  return { socket: tupleOf(socket), ...identity(socket) };
}

function identity({ sock, netns, pid, comm, probe }: SocketRef): Notes {
  return { sock, netns, pid, comm, probe };
}

function stateNotes(event: StateEvent): Notes {
  const { seq, from, dwellUs, sndUna, sndNxt, rcvNxt, srttUs, retransmits, origin, anomaly } = event;
  return { seq, from, dwellUs, ...identity(event), sndUna, sndNxt, rcvNxt, srttUs, retransmits, origin, anomaly };
}

function titleOf(event: Incident): string {
  switch (event.kind) {
    case 'retransmit':
      return `retransmit ${event.what} (${event.timer})`;
    case 'reset':
      return `RST ${event.direction}`;
    case 'drop':
      return `drop ${event.reason}`;
    case 'socket-error':
      return `error ${event.errno}`;
  }
}

function incidentNotes(event: Incident): Notes {
  const { seq } = event;
  switch (event.kind) {
    case 'retransmit': {
      const { backoff, state, seqStart, seqEnd, error } = event;
      return { seq, backoff, state, seqStart, seqEnd, error };
    }
    case 'reset':
      return { seq, state: event.state, reason: event.reason };
    case 'drop': {
      const { direction, state, segSeq, segAck, segFlags } = event;
      return { seq, direction, state, segSeq, segAck, segFlags };
    }
    case 'socket-error':
      return { seq };
  }
}
