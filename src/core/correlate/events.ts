import { errnoName } from '../model/errno.ts';
import type {
  DropEvent,
  ResetEvent,
  RetransmitEvent,
  SocketErrorEvent,
  SocketRef,
  Stamp,
  StateEvent,
  TimeWaitEvent,
} from '../model/event.ts';
import { type FourTuple, familyOf } from '../model/four-tuple.ts';
import type { DropRecord, ResetRecord, RetransmitRecord, SocketErrorRecord, StateRecord } from '../model/record.ts';
import type { Remnant } from '../track/remnant.ts';
import type { Sock } from '../track/sock.ts';
import type { Step } from '../track/sockets.ts';

/**
 * One function an event: what a record says, joined with what is known of its socket. Fields are written out, so that every event of a
 * kind has the same shape.
 */
export function stateEvent(
  { seq, ns, wallUs }: Stamp,
  record: StateRecord,
  { sock, dwellUs, anomaly }: Step,
  netnsName: string | null,
): StateEvent {
  // No spreading here: it costs more than all the rest of a transition.
  return {
    kind: 'state',
    seq,
    ns,
    wallUs,
    sock: sock === null ? null : sock.id,
    netns: record.netns,
    family: familyOf(record.laddr),
    laddr: record.laddr,
    lport: record.lport !== 0 || sock === null ? record.lport : sock.lport,
    raddr: record.raddr,
    rport: record.rport,
    pid: sock === null ? null : sock.pid,
    comm: sock === null ? null : sock.comm,
    probe: sock === null ? null : sock.probe,
    owner: sock === null ? null : sock.owner,
    netnsName,
    from: record.from,
    to: record.to,
    dwellUs,
    sndUna: record.sndUna,
    sndNxt: record.sndNxt,
    rcvNxt: record.rcvNxt,
    srttUs: record.srttUs,
    retransmits: record.retransmits,
    origin: sock === null ? null : sock.origin,
    anomaly,
  };
}

export function timeWaitEvent(
  stamp: Stamp,
  remnant: Remnant,
  phase: 'enter' | 'leave',
  told: { inferred: boolean; reusedBy: number | null; netnsName: string | null },
): TimeWaitEvent {
  return {
    kind: 'time-wait',
    seq: stamp.seq,
    ns: stamp.ns,
    wallUs: stamp.wallUs,
    sock: remnant.sock,
    netns: remnant.netns,
    family: familyOf(remnant.laddr),
    laddr: remnant.laddr,
    lport: remnant.lport,
    raddr: remnant.raddr,
    rport: remnant.rport,
    pid: remnant.pid,
    comm: remnant.comm,
    probe: remnant.probe,
    owner: remnant.owner,
    netnsName: told.netnsName,
    phase,
    inferred: told.inferred,
    reusedBy: told.reusedBy,
  };
}

export function retransmitEvent(stamp: Stamp, record: RetransmitRecord, known: Known): RetransmitEvent {
  return {
    kind: 'retransmit',
    ...stamp,
    ...refOf(record, record.netns, known),
    what: whatOf(record),
    timer: timerOf(record),
    backoff: record.retransmits,
    state: record.state,
    seqStart: record.seqStart,
    seqEnd: record.seqEnd,
    error: record.err === null || record.err === 0 ? null : errnoName(record.err),
  };
}

export function resetEvent(stamp: Stamp, record: ResetRecord, known: Known, names: Readonly<Record<number, string>>): ResetEvent {
  return {
    kind: 'reset',
    ...stamp,
    ...refOf(record, record.netns, known),
    direction: record.direction,
    state: record.state,
    reason: record.reason === null ? null : (names[record.reason] ?? String(record.reason)),
  };
}

export function dropEvent(stamp: Stamp, record: DropRecord, known: Known, names: Readonly<Record<number, string>>): DropEvent {
  return {
    kind: 'drop',
    ...stamp,
    ...refOf(record, record.netns, known),
    reason: names[record.reason] ?? String(record.reason),
    direction: record.direction,
    state: record.state,
    segSeq: record.segSeq,
    segAck: record.segAck,
    segFlags: record.segFlags,
  };
}

export function socketErrorEvent(stamp: Stamp, record: SocketErrorRecord, netns: number | null, known: Known): SocketErrorEvent {
  return { kind: 'socket-error', ...stamp, ...refOf(record, netns, known), errno: errnoName(record.errno) };
}

/** What a record does not know of its socket. */
export interface Known {
  readonly sock: Sock | null;
  readonly netnsName: string | null;
}

/** The record's own words for the four-tuple; the socket's for all that a record does not know. */
function refOf(tuple: FourTuple, netns: number | null, { sock, netnsName }: Known): SocketRef {
  return {
    sock: sock?.id ?? null,
    netns,
    family: familyOf(tuple.laddr),
    laddr: tuple.laddr,
    lport: tuple.lport || (sock?.lport ?? 0),
    raddr: tuple.raddr,
    rport: tuple.rport,
    pid: sock?.pid ?? null,
    comm: sock?.comm ?? null,
    probe: sock?.probe ?? null,
    owner: sock?.owner ?? null,
    netnsName,
  };
}

/** TCP header flags. */
const FIN = 1;
const SYN = 2;

function whatOf(record: RetransmitRecord): RetransmitEvent['what'] {
  if (record.synack) return 'synack';
  if ((record.flags & SYN) !== 0) return record.state === 'SYN_RECV' ? 'synack' : 'syn';
  return (record.flags & FIN) !== 0 && (record.seqEnd - record.seqStart) >>> 0 === 1 ? 'fin' : 'data';
}

/** enum tcp_ca_state: 3 Recovery, 4 Loss. A timer's expiry enters Loss and has counted itself already; a TLP changes neither. */
function timerOf(record: RetransmitRecord): RetransmitEvent['timer'] {
  if (record.synack) return 'rto';
  if (record.caState === 4) return record.retransmits > 0 ? 'rto' : 'unknown';
  if (record.caState === 3) return 'fast';
  if (record.retransmits === 0) return record.caState <= 1 ? 'tlp' : 'unknown';
  return 'rto';
}
