import type { DropEvent, ResetEvent, RetransmitEvent, SocketRef } from '../model/event.ts';
import type { FourTuple } from '../model/four-tuple.ts';

/** Refusals that no loss, delay, reordering or duplication made in 164,013 arrivals. */
const HARD: ReadonlySet<string> = new Set(['TCP_ACK_UNSENT_DATA', 'TCP_TOO_OLD_ACK', 'TCP_INVALID_SEQUENCE']);
/** Refusals that a network makes too: they count only beside a stall. */
const SOFT: ReadonlySet<string> = new Set(['TCP_OLD_SEQUENCE', 'TCP_RFC7323_PAWS', 'TCP_RFC7323_PAWS_ACK']);
/** A segment of a connection that is not known here: no socket at all, or only a listener. */
const UNKNOWN: ReadonlySet<string> = new Set(['NO_SOCKET', 'TCP_FLAGS']);

/** A SYN that meets a living connection, and an ACK that answers no SYN of ours. */
const INVALID_SYN = 'TCP_INVALID_SYN';
const INVALID_ACK = 'TCP_INVALID_ACK_SEQUENCE';

const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

/** Within which hard refusals must come twice, and a reset must follow what caused it, ns. */
const TOGETHER_NS = 2e9;
/** How long soft refusals must go on: the worst benign ones came within 420 ms. */
const STUCK_NS = 1e9;
const STUCK_COUNT = 3;
/** A SYN that the network delivered twice comes soon after the handshake; this is past its last likely retransmission, ns. */
const DUPLICATE_SYN_NS = 8e9;
/** Events named for one end. */
const SEQS = 8;

/** What one end of a connection has shown, as the host at that end saw it. */
export class End implements FourTuple {
  readonly laddr: string;
  readonly lport: number;
  readonly raddr: string;
  readonly rport: number;
  netns: number | null;
  sock: number | null = null;
  pid: number | null = null;
  comm: string | null = null;
  seqs: number[] = [];
  /** Segments it refused, by reason. */
  readonly refusals: Record<string, number> = {};
  /** Refused in a way that no network makes, twice within two seconds. */
  refused = false;
  /** Refused again and again while it was not acknowledged itself. */
  stuck = false;
  /** Timer expiries in a row without an acknowledgement; 0 where that is over. */
  backoff = 0;
  /** When it was reset while it lived. */
  resetNs = Number.NaN;
  /** The connection was older than the last change of its peer's link-layer address before the reset. */
  cut = false;
  /** When it answered for a connection that it does not know. */
  answeredNs = Number.NaN;
  /** That segment carried data: its sender took the connection for a live one. */
  answeredData = false;
  /** It sent a reset for a socket that it had: whoever gets it was told properly. */
  proper = false;
  /** When a plain SYN met this end's living connection. */
  synNs = Number.NaN;
  /** As the one that opens it met a peer that still held an old connection. */
  metOld = false;
  /** That SYN cannot be a copy of the one that opened it. */
  synLate = false;
  #hardNs = Number.NaN;
  #softNs = Number.NaN;
  #soft = 0;
  /** From the first of them to the last. */
  #softsNs = 0;
  #stallNs = Number.NaN;
  #timeoutNs = Number.NaN;
  #intervalNs = 0;

  constructor({ netns, laddr, lport, raddr, rport }: SocketRef) {
    this.netns = netns;
    this.laddr = laddr;
    this.lport = lport;
    this.raddr = raddr;
    this.rport = rport;
  }

  /** A segment that it refused, one of those that may be a sign; `ageNs`: how long it has been in its state. */
  onRefused({ reason, ns, state }: DropEvent, ageNs: number): void {
    this.refusals[reason] = (this.refusals[reason] ?? 0) + 1;
    if (state === 'SYN_SENT') this.metOld = true;
    else if (reason === INVALID_SYN) {
      this.synNs = ns;
      this.synLate = ageNs > DUPLICATE_SYN_NS;
    } else if (HARD.has(reason)) {
      if (ns - this.#hardNs <= TOGETHER_NS) this.refused = true;
      this.#hardNs = ns;
    } else this.#onSoft(ns);
  }

  /** It sent data again because its timer expired. */
  onTimeout({ ns, backoff }: RetransmitEvent): void {
    // Fewer than before: something was acknowledged meanwhile.
    if (backoff <= this.backoff || Number.isNaN(this.#stallNs)) {
      this.#stallNs = ns;
      this.#soft = 0;
      this.#intervalNs = 0;
    } else {
      this.#intervalNs = ns - this.#timeoutNs;
      // Only an expiry proves that nothing was acknowledged until now.
      if (this.#soft >= STUCK_COUNT && this.#softsNs >= STUCK_NS) this.stuck = true;
    }
    this.#timeoutNs = ns;
    this.backoff = backoff;
  }

  /** It has nothing unacknowledged any more. */
  acknowledged(): void {
    this.backoff = 0;
    this.#stallNs = Number.NaN;
    this.#soft = 0;
  }

  /** Until when its next expiry is awaited where nothing was acknowledged: the timer doubles. */
  get awaitedNs(): number {
    return this.backoff < 3 ? Number.NEGATIVE_INFINITY : this.#timeoutNs + 2.5 * this.#intervalNs + 1e9;
  }

  get timeoutNs(): number {
    return this.#timeoutNs;
  }

  saw({ seq, netns, sock, pid, comm }: SocketRef & { readonly seq: number }): void {
    this.seqs.push(seq);
    if (this.seqs.length > SEQS) this.seqs.shift();
    this.netns = netns ?? this.netns;
    this.sock = sock ?? this.sock;
    this.pid = pid ?? this.pid;
    this.comm = comm ?? this.comm;
  }

  /** A stall begins the count anew: PAWS and old segments beside progress are a network's. */
  #onSoft(ns: number): void {
    if (this.#soft++ === 0) this.#softNs = ns;
    this.#softsNs = ns - this.#softNs;
  }
}

/** What a connection shows. The first four need no other sign beside them. */
export type Sign = 'refused' | 'stuck' | 'unknown' | 'cut' | 'remnant' | 'stalled' | 'orphan';

/** A connection with something odd about it, and both its ends where both are on this host. */
export class Flow {
  /** See {@link flowKey}. */
  readonly key: string;
  readonly ends: End[] = [];
  readonly firstNs: number;
  lastNs: number;
  /** Frames of it that a namespace here saw although they were meant for another link-layer address. */
  elsewhere = 0;
  elsewhereSeqs: number[] = [];

  constructor(key: string, ns: number) {
    this.key = key;
    this.firstNs = ns;
    this.lastNs = ns;
  }

  /** The end at which an event happened. */
  end(event: SocketRef & { readonly seq: number; readonly ns: number }): End {
    let end = this.ends.find(({ laddr, lport }) => laddr === event.laddr && lport === event.lport);
    if (end === undefined) {
      end = new End(event);
      this.ends.push(end);
    }
    end.saw(event);
    this.lastNs = Math.max(this.lastNs, event.ns);
    return end;
  }

  /** What it shows. */
  get sign(): Sign | null {
    const [one, two = null] = this.ends;
    if (one === undefined) return null;
    const { ends } = this;
    if (ends.some(({ refused }) => refused)) return 'refused';
    if (ends.some(({ stuck }) => stuck)) return 'stuck';
    if (two !== null && (disowned(one, two) || disowned(two, one))) return 'unknown';
    if (ends.some(({ cut }, at) => cut && ends[1 - at]?.proper !== true)) return 'cut';
    if (ends.some((end) => end.metOld || end.synLate || Math.abs(end.resetNs - end.synNs) <= TOGETHER_NS)) return 'remnant';
    if (ends.some(({ backoff }) => backoff >= 3)) return 'stalled';
    return ends.some((end) => end.answeredData && !end.proper) ? 'orphan' : null;
  }

  /** Timer expiries in a row of the end that has more. */
  get backoff(): number {
    return Math.max(0, ...this.ends.map(({ backoff }) => backoff));
  }

  /** Until when it is worth remembering, where nothing more is heard: `quietNs` behind the last, or until a timer should have expired again. */
  untilNs(quietNs: number): number {
    return Math.max(this.lastNs + quietNs, ...this.ends.map(({ awaitedNs }) => awaitedNs));
  }
}

/** Whether `one` was reset because `other` does not know the connection. */
function disowned(one: End, other: End): boolean {
  return Math.abs(one.resetNs - other.answeredNs) <= TOGETHER_NS && !other.proper;
}

/** Whether a refusal may be a sign of anything. */
export function maySignify({ reason, state, segFlags }: DropEvent): boolean {
  if (state === 'SYN_SENT') return reason === INVALID_ACK;
  if (state !== 'ESTABLISHED') return false;
  // A SYN-ACK that comes twice is refused for the same reason, and is nothing.
  return HARD.has(reason) || SOFT.has(reason) || (reason === INVALID_SYN && (segFlags & (SYN | ACK)) === SYN);
}

/** A segment of a connection that nobody here knows, and that opens none: it will be answered by a reset. */
export function isOfUnknown({ reason, state, sock, segFlags }: DropEvent): boolean {
  return UNKNOWN.has(reason) && sock === null && (state === null || state === 'LISTEN') && (segFlags & (SYN | RST)) === 0;
}

/** Whether a dropped segment carries data, as far as its flags tell. */
export function carriesData({ segFlags }: DropEvent): boolean {
  return (segFlags & PSH) !== 0;
}

/** Whether a reset was sent on behalf of a socket that was there. */
export function isProper({ direction, sock, state }: ResetEvent): boolean {
  return direction === 'sent' && sock !== null && state !== 'SYN_SENT';
}

/** One string for a connection, the same from both ends. Loopback is another network in each namespace. */
export function flowKey({ netns, laddr, lport, raddr, rport }: SocketRef): string {
  const one = `${laddr} ${lport}`;
  const two = `${raddr} ${rport}`;
  const where = isLoopback(laddr) ? `${netns} ` : '';
  return one < two ? `${where}${one} ${two}` : `${where}${two} ${one}`;
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
