import type { Event, ResetEvent, RetransmitEvent, StateEvent } from '../model/event.ts';
import type { KernelLane, ProbeAttempt, Resent, ResetSeen } from '../model/probe.ts';
import type { TcpState } from '../model/tcp-state.ts';

/** Segments sent again, and resets, that are remembered of one socket: the newest. */
const KEPT = 64;

/** The kernel's story of one socket that this process asked for, from SYN_SENT on. Times are CLOCK_MONOTONIC ns. */
export class OwnSocket {
  readonly sock: number;
  readonly netns: number | null;
  laddr: string;
  /** 0 until a record tells it. */
  lport = 0;
  readonly raddr: string;
  readonly rport: number;
  state: TcpState;
  synSentNs: number | null = null;
  establishedNs: number | null = null;
  finSentNs: number | null = null;
  finReceivedNs: number | null = null;
  closedNs: number | null = null;
  /** The target that it was opened for, once an attempt has been joined to it. */
  target: string | null = null;
  #timeWaitNs: number | null = null;
  #goneNs: number | null = null;
  #allAcknowledged: boolean | null = null;
  #error: string | null = null;
  readonly #resent: Resent[] = [];
  readonly #resets: ResetSeen[] = [];

  constructor(sock: number, { netns, laddr, raddr, rport, from }: StateEvent) {
    this.sock = sock;
    this.netns = netns;
    this.laddr = laddr;
    this.raddr = raddr;
    this.rport = rport;
    this.state = from;
  }

  /** One of the kernel's events about this socket. */
  saw(event: Event): void {
    if ('laddr' in event && this.lport === 0 && event.lport !== 0) {
      this.lport = event.lport;
      this.laddr = event.laddr;
    }
    if (event.kind === 'state') this.#step(event);
    else if (event.kind === 'retransmit') this.#again(event);
    else if (event.kind === 'reset') this.#reset(event);
    else if (event.kind === 'socket-error') this.#error = event.errno;
    else if (event.kind === 'time-wait') {
      if (event.phase === 'enter') [this.#timeWaitNs, this.#goneNs] = [event.ns, null];
      else this.#goneNs = event.ns;
    }
  }

  /** When it began, as far back as was seen. */
  get beganNs(): number | null {
    return this.synSentNs ?? this.establishedNs ?? this.closedNs;
  }

  /** What of it belongs to `attempt`: all, or on a pooled connection what fell between call and answer. */
  laneOf({ moments, pooled }: ProbeAttempt, slackNs: number): KernelLane {
    const fromNs = (pooled?.reused === true ? moments.called : null) ?? Number.NEGATIVE_INFINITY;
    const answeredNs = (moments.done ?? Number.POSITIVE_INFINITY) + slackNs;
    const toNs = moments.closed === null && pooled !== null ? answeredNs : Number.POSITIVE_INFINITY;
    const within = (ns: number | null): number | null => (ns !== null && ns >= fromNs - slackNs && ns <= toNs ? ns : null);
    const resent = this.#resent.filter(({ ns }) => within(ns) !== null);
    const count = (what: Resent['what']): number => resent.filter((one) => one.what === what && one.ns <= answeredNs).length;
    return {
      synSentNs: within(this.synSentNs),
      establishedNs: within(this.establishedNs),
      firstByteNs: null,
      finSentNs: within(this.finSentNs),
      finReceivedNs: within(this.finReceivedNs),
      closedNs: within(this.closedNs),
      timeWaitNs: within(this.#timeWaitNs),
      goneNs: within(this.#goneNs),
      state: this.state,
      synRetransmits: count('syn'),
      dataRetransmits: count('data'),
      resent,
      resets: this.#resets.filter(({ ns }) => within(ns) !== null),
      allAcknowledged: within(this.finSentNs ?? this.closedNs) === null ? null : this.#allAcknowledged,
      error: this.#error,
    };
  }

  #step({ from, to, ns, sndUna, sndNxt }: StateEvent): void {
    this.state = to;
    // How far the far end had got when this end was closed; of a SYN alone it says nothing.
    const ends = (to === 'FIN_WAIT1' || to === 'LAST_ACK' || to === 'CLOSE') && this.finSentNs === null && from !== 'SYN_SENT';
    if (ends && sndUna !== null && sndNxt !== null) this.#allAcknowledged = sndUna === sndNxt;
    if (to === 'SYN_SENT') this.synSentNs = ns;
    else if (to === 'ESTABLISHED') this.establishedNs = ns;
    else if (to === 'FIN_WAIT1' || to === 'LAST_ACK') this.finSentNs ??= ns;
    else if (to === 'CLOSE_WAIT' || to === 'CLOSING') this.finReceivedNs ??= ns;
    else if (to === 'CLOSE') {
      this.closedNs = ns;
      // From FIN_WAIT2 and CLOSING a mini-socket may be left behind: TIME_WAIT is told next, an orphan's FIN_WAIT2 never.
      if (from !== 'FIN_WAIT2' && from !== 'CLOSING') this.#goneNs = ns;
    }
  }

  #again({ ns, what, timer, backoff }: RetransmitEvent): void {
    this.#resent.push({ ns, what, timer, backoff });
    if (this.#resent.length > KEPT) this.#resent.shift();
  }

  #reset({ ns, direction, reason }: ResetEvent): void {
    this.#resets.push({ ns, direction, reason });
    if (this.#resets.length > KEPT) this.#resets.shift();
  }
}
