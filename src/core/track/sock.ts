import type { Origin, StateAnomaly } from '../model/event.ts';
import type { FourTuple } from '../model/four-tuple.ts';
import type { Owner } from '../model/owner.ts';
import type { StateRecord } from '../model/record.ts';
import { isPossible, type TcpState } from '../model/tcp-state.ts';
import type { Link } from './chain.ts';

/** One incarnation of a socket. */
export interface Sock extends FourTuple, Link<Sock> {
  readonly id: number;
  /** Low 52 bits of the kernel's pointer; 0 for a seeded one that has not been heard of since. */
  skaddr: number;
  netns: number | null;
  laddr: string;
  lport: number;
  raddr: string;
  rport: number;
  state: TcpState;
  /** When it entered `state`, CLOCK_MONOTONIC ns; NaN where that was not seen: a field that is always a double is written in place. */
  sinceNs: number;
  /** The last time anything was heard of it. */
  heardNs: number;
  pid: number | null;
  comm: string | null;
  owner: Owner | null;
  origin: Origin | null;
  probe: string | null;
  retransmits: number;
  /** Whether it is in the index by four-tuple: not while it has no port. */
  placed: boolean;
  /** Whether it was seen to hold its four-tuple, and not only to ask for it. */
  holding: boolean;
}

/** What a record says of where its socket is. */
export interface Placed extends FourTuple {
  readonly skaddr: number;
  readonly netns: number | null;
}

/** What is odd about a transition of this socket; null is one that is not known. */
export function anomalyOf(record: StateRecord, sock: Sock | null): StateAnomaly | null {
  if (!isPossible(record.key)) return 'impossible';
  return sock !== null && sock.state !== record.from ? 'discontinuity' : null;
}

/** Whether these cannot be one socket. 0 and null contradict nothing: SYN_SENT has no port yet, a closed socket may have given it back. */
export function differs(sock: Sock, { netns, lport, raddr, rport }: Placed): boolean {
  if (sock.netns !== null && netns !== null && sock.netns !== netns) return true;
  if (sock.lport !== 0 && lport !== 0 && sock.lport !== lport) return true;
  if (sock.state === 'LISTEN' && rport !== 0) return true;
  return sock.rport !== 0 && rport !== 0 && (sock.rport !== rport || sock.raddr !== raddr);
}
