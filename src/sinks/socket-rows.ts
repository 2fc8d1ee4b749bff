import type { Event, Origin, StateAnomaly, StateEvent, TimeWaitEvent } from '../core/model/event.ts';
import { familyOf } from '../core/model/four-tuple.ts';
import type { Owner } from '../core/model/owner.ts';
import { TCP_STATES, type TcpState } from '../core/model/tcp-state.ts';

/** What happened to one socket. */
export type SocketEvent = Extract<Event, { laddr: unknown }>;
type Plain = StateEvent | TimeWaitEvent;

/** A row: eight doubles, of which the last four are eight words. Places of the doubles, and behind them of the words. */
const SEQ = 1;
const NS = 2;
/** dwellUs, NaN for null; `reusedBy` of a TIME_WAIT that was left, 0 for null. */
const NUMBER = 3;
const PORTS = 8;
const PID = 9;
const NETNS = 10;
const BITS = 11;
const SND_UNA = 12;
const SND_NXT = 13;
const RCV_NXT = 14;
const SRTT = 15;

/** In BITS: the socket's numbers were told (BTF), of TIME_WAIT that it was exact; a TIME_WAIT was left; then by their code, 0 for null: origin, anomaly, from, to; retransmits. */
const TOLD = 1;
const LEFT = 2;
const ORIGIN = 2;
const ANOMALY = 4;
const FROM = 6;
const TO = 10;
const RETRANSMITS = 14;
const ORIGINS = ['active', 'passive', 'seeded'] as const satisfies readonly Origin[];
const ANOMALIES = ['impossible', 'discontinuity'] as const satisfies readonly StateAnomaly[];

/**
 * The last `capacity` events of sockets: 104 bytes a row where an event is 300, in one line of the processor's cache but for five references to
 * what others hold, too. Changes of state and TIME_WAIT are written out in numbers; other kinds, and events of our own probes' sockets, are rare and
 * kept whole. `capacity` is a power of two.
 */
export class SocketRows {
  readonly capacity: number;
  readonly #mask: number;
  #count = 0;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;
  /** Appended to until they are full: empty ones take no memory. */
  readonly #laddr: string[] = [];
  readonly #raddr: string[] = [];
  readonly #owners: (Owner | null)[] = [];
  readonly #netnsNames: (string | null)[] = [];
  /** The owner's name, or the whole event. */
  readonly #held: (string | null | SocketEvent)[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#mask = capacity - 1;
    this.#doubles = new Float64Array(capacity * 8);
    this.#words = new Uint32Array(this.#doubles.buffer);
  }

  /** Rows ever written; the newest is at `count` − 1. */
  get count(): number {
    return this.#count;
  }

  /** The oldest position that is still here. */
  get oldest(): number {
    return Math.max(0, this.#count - this.capacity);
  }

  /** Writes an event over the oldest row. */
  push(event: SocketEvent, sock: number): void {
    const slot = this.#count++ & this.#mask;
    const at = slot * 8;
    const doubles = this.#doubles;
    doubles[at + SEQ] = event.seq;
    doubles[at] = sock;
    if (event.probe !== null || (event.kind !== 'state' && event.kind !== 'time-wait')) {
      this.#laddr[slot] = '';
      this.#raddr[slot] = '';
      this.#owners[slot] = null;
      this.#netnsNames[slot] = null;
      this.#held[slot] = event;
      return;
    }
    const words = this.#words;
    const word = slot * 16;
    doubles[at + NS] = event.ns;
    words[word + PORTS] = event.lport * 0x10000 + event.rport;
    words[word + PID] = event.pid ?? 0;
    words[word + NETNS] = event.netns ?? 0;
    this.#laddr[slot] = event.laddr;
    this.#raddr[slot] = event.raddr;
    this.#owners[slot] = event.owner;
    this.#netnsNames[slot] = event.netnsName;
    this.#held[slot] = event.comm;
    if (event.kind === 'time-wait') {
      doubles[at + NUMBER] = event.reusedBy ?? 0;
      words[word + BITS] = (event.phase === 'leave' ? LEFT : 0) | (event.inferred ? 0 : TOLD);
      return;
    }
    doubles[at + NUMBER] = event.dwellUs ?? Number.NaN;
    words[word + BITS] =
      (event.sndUna === null ? 0 : TOLD) |
      (originCode(event.origin) << ORIGIN) |
      (anomalyCode(event.anomaly) << ANOMALY) |
      (stateCode(event.from) << FROM) |
      (stateCode(event.to) << TO) |
      ((event.retransmits ?? 0) << RETRANSMITS);
    words[word + SND_UNA] = event.sndUna ?? 0;
    words[word + SND_NXT] = event.sndNxt ?? 0;
    words[word + RCV_NXT] = event.rcvNxt ?? 0;
    words[word + SRTT] = event.srttUs ?? 0;
  }

  /** Positions of a socket's rows, oldest first. Looks at each row: 0.1 ms for 100,000. */
  of(sock: number): number[] {
    const found: number[] = [];
    for (let position = this.oldest; position < this.#count; position++)
      if (this.#doubles[(position & this.#mask) * 8] === sock) found.push(position);
    return found;
  }

  /** The event at a position, as it was told; `wallUs` says the wall time of a CLOCK_MONOTONIC moment. */
  at(position: number, wallUs: (ns: number) => number): SocketEvent {
    const slot = position & this.#mask;
    const held = this.#held[slot] ?? null;
    return held === null || typeof held === 'string' ? this.#read(slot, held, wallUs) : held;
  }

  #read(slot: number, comm: string | null, wallUs: (ns: number) => number): Plain {
    const double = (place: number): number => this.#doubles[slot * 8 + place] ?? 0;
    const word = (place: number): number => this.#words[slot * 16 + place] ?? 0;
    const bits = word(BITS);
    const ns = double(NS);
    const laddr = this.#laddr[slot] ?? '';
    const about = {
      seq: double(SEQ),
      ns,
      wallUs: wallUs(ns),
      sock: double(0),
      netns: word(NETNS) || null,
      family: familyOf(laddr),
      laddr,
      lport: word(PORTS) >>> 16,
      raddr: this.#raddr[slot] ?? '',
      rport: word(PORTS) & 0xffff,
      pid: word(PID) || null,
      comm,
      owner: this.#owners[slot] ?? null,
      netnsName: this.#netnsNames[slot] ?? null,
      probe: null,
    };
    const [from, to] = [TCP_STATES[((bits >>> FROM) & 15) - 1], TCP_STATES[((bits >>> TO) & 15) - 1]];
    const number = double(NUMBER);
    const told = (bits & TOLD) !== 0;
    if (from === undefined || to === undefined) {
      return { kind: 'time-wait', ...about, phase: (bits & LEFT) === 0 ? 'enter' : 'leave', inferred: !told, reusedBy: number || null };
    }
    return {
      kind: 'state',
      ...about,
      from,
      to,
      dwellUs: Number.isNaN(number) ? null : number,
      sndUna: told ? word(SND_UNA) : null,
      sndNxt: told ? word(SND_NXT) : null,
      rcvNxt: told ? word(RCV_NXT) : null,
      srttUs: word(SRTT) || null,
      retransmits: told ? bits >>> RETRANSMITS : null,
      origin: ORIGINS[((bits >>> ORIGIN) & 3) - 1] ?? null,
      anomaly: ANOMALIES[((bits >>> ANOMALY) & 3) - 1] ?? null,
    };
  }
}

function originCode(origin: Origin | null): number {
  return origin === null ? 0 : origin === 'active' ? 1 : origin === 'passive' ? 2 : 3;
}

function anomalyCode(anomaly: StateAnomaly | null): number {
  return anomaly === null ? 0 : anomaly === 'impossible' ? 1 : 2;
}

/** Linux's number. A switch compares pointers; a search through the list would cost more than the rest of a row. */
function stateCode(state: TcpState): number {
  switch (state) {
    case 'ESTABLISHED':
      return 1;
    case 'SYN_SENT':
      return 2;
    case 'SYN_RECV':
      return 3;
    case 'FIN_WAIT1':
      return 4;
    case 'FIN_WAIT2':
      return 5;
    case 'TIME_WAIT':
      return 6;
    case 'CLOSE':
      return 7;
    case 'CLOSE_WAIT':
      return 8;
    case 'LAST_ACK':
      return 9;
    case 'LISTEN':
      return 10;
    case 'CLOSING':
      return 11;
    case 'NEW_SYN_RECV':
      return 12;
  }
}
