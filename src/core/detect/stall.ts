import type { FourTuple } from '../model/four-tuple.ts';
import type { TimerKind } from '../model/input.ts';

/** A connection whose data, or whose probe, is not answered. */
export interface Stall extends FourTuple {
  readonly key: string;
  readonly peer: Peer;
  readonly sock: number | null;
  readonly pid: number | null;
  readonly comm: string | null;
  /** When its timer first expired, or when it was first looked at so. */
  readonly sinceNs: number;
  /** The expiry before the last, and the last. */
  beforeNs: number;
  lastNs: number;
  /** When the timer expires again, should nothing be acknowledged. */
  dueNs: number;
  timer: TimerKind;
  /** Expiries in a row: nothing was acknowledged in between. */
  backoff: number;
  /** What `backoff` was when the peer was last heard, as of the last expiry: those before prove nothing. */
  heardAt: number;
  /** Whether a look showed, after the last expiry, that it was not answered either. */
  looked: boolean;
  /** First unacknowledged sequence number; null where only a look showed it. */
  una: number | null;
  /** Nothing of it was ever acknowledged but its SYN. */
  readonly neverAcked: boolean;
  /** Expiries at which the earlier copy was still on this host (EBUSY), or nothing was ever sent. */
  unsent: number;
  seqs: number[];
}

/** A remote address as one namespace sees it, while something towards it stalls. */
export interface Peer {
  readonly key: string;
  readonly netns: number | null;
  readonly raddr: string;
  readonly flows: Set<Stall>;
  /** Connections that the kernel gave up, in this trouble. */
  dead: number;
  deadSeqs: number[];
  deadNs: number;
  deadHow: 'timeout' | 'keep-alive' | null;
  heardNs: number;
  judgedNs: number;
  /** The last event of the neighbour's failing; null where there is none. */
  neighbourSeqs: number[];
}

/** How many expiries had been when the peer was last heard. Worked out when it is asked for, so that hearing a peer costs nothing, however many stall. */
export function heardAt({ heardAt: before, peer, sinceNs, beforeNs, lastNs, backoff }: Stall): number {
  const { heardNs } = peer;
  if (heardNs <= sinceNs) return before;
  return Math.max(before, heardNs >= lastNs ? backoff : heardNs > beforeNs ? backoff - 1 : 0);
}

/** Expiries since the peer was last heard. */
export function unanswered(stall: Stall): number {
  return stall.backoff - heardAt(stall);
}

/** Of those, the ones that are known not to have been answered: the last copy may just arrive. */
export function proof(stall: Stall): number {
  return unanswered(stall) - (stall.looked ? 0 : 1);
}
