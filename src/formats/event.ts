import { z } from 'zod';
import type { Event } from '../core/model/event.ts';
import { STREAMS } from '../core/model/record.ts';
import { TCP_STATES } from '../core/model/tcp-state.ts';
import { FINDING } from './finding.ts';
import { OwnerWire } from './owner.ts';
import { ProbeWire, probeWireOf } from './probe.ts';
import { rfc3339 } from './utc.ts';

/**
 * Events as users get them: NDJSON lines, WebSocket batches, captures. The printer in print-event.ts is by hand because it is on the
 * hot path; `test/formats/event.test.ts` proves that whatever it prints fits these schemas and says the same as the core's event.
 */
const State = z.enum(TCP_STATES);
const Port = z.int().min(0).max(65535);
const Seq32 = z.int().min(0).max(0xffffffff);

const stamp = {
  seq: z.int().positive().meta({ description: 'One up each event, per run' }),
  ns: z.string().regex(/^\d+$/).meta({ description: 'CLOCK_MONOTONIC', unit: 'ns' }),
  at: z.iso.datetime({ precision: 6 }).meta({ description: 'The same moment in UTC (RFC 3339, microseconds)' }),
  host: z.string(),
};

const socket = {
  sock: z.int().positive().nullable().meta({ description: 'One incarnation of a socket, per run; null where no tracked socket matches' }),
  netns: z.int().positive().nullable().meta({ description: 'Inode of the network namespace' }),
  family: z.union([z.literal(4), z.literal(6)]),
  laddr: z.string(),
  lport: Port.meta({ description: '0 while the kernel has not chosen one' }),
  raddr: z.string(),
  rport: Port,
  pid: z.int().positive().nullable().meta({ description: 'Owner; null where unknown' }),
  comm: z.string().nullable().meta({ description: "Owner's name; text chosen by that process" }),
  probe: z.string().nullable().meta({ description: 'Which of our own probes owns it; `canary` is the readiness connection' }),
  owner: OwnerWire.nullable().meta({ description: 'Where the owner runs; null where that is not known (yet), or never was looked up' }),
  netnsName: z.string().nullable().meta({ description: 'Name of the network namespace under /run/netns; null where it has none' }),
};

export const StateEventWire = z.strictObject({
  kind: z.literal('state'),
  ...stamp,
  ...socket,
  from: State,
  to: State,
  dwellUs: z.number().nonnegative().nullable().meta({ unit: 'µs', description: 'Time spent in `from`; null where its start was not seen' }),
  sndUna: Seq32.nullable(),
  sndNxt: Seq32.nullable(),
  rcvNxt: Seq32.nullable(),
  srttUs: z.int().nonnegative().nullable().meta({ unit: 'µs' }),
  retransmits: z.int().nonnegative().nullable(),
  origin: z.enum(['active', 'passive', 'seeded']).nullable(),
  anomaly: z.enum(['impossible', 'discontinuity']).nullable(),
});

export const TimeWaitEventWire = z.strictObject({
  kind: z.literal('time-wait'),
  ...stamp,
  ...socket,
  phase: z.enum(['enter', 'leave']),
  inferred: z.boolean(),
  reusedBy: z.int().positive().nullable(),
});

export const RetransmitEventWire = z.strictObject({
  kind: z.literal('retransmit'),
  ...stamp,
  ...socket,
  what: z.enum(['syn', 'synack', 'data', 'fin']),
  timer: z.enum(['rto', 'fast', 'tlp', 'unknown']),
  backoff: z.int().nonnegative(),
  state: State,
  seqStart: Seq32.nullable(),
  seqEnd: Seq32.nullable(),
  error: z.string().nullable(),
});

export const ResetEventWire = z.strictObject({
  kind: z.literal('reset'),
  ...stamp,
  ...socket,
  direction: z.enum(['sent', 'received']),
  state: State.nullable(),
  reason: z.string().nullable(),
});

export const DropEventWire = z.strictObject({
  kind: z.literal('drop'),
  ...stamp,
  ...socket,
  reason: z.string(),
  direction: z.enum(['received', 'sending']),
  state: State.nullable(),
  segSeq: Seq32,
  segAck: Seq32,
  segFlags: z.int().min(0).max(255),
});

export const SocketErrorEventWire = z.strictObject({
  kind: z.literal('socket-error'),
  ...stamp,
  ...socket,
  errno: z.string(),
});

export const NeighbourEventWire = z.strictObject({
  kind: z.literal('neighbour'),
  ...stamp,
  address: z.string(),
  device: z.string(),
  oldLink: z.string().nullable(),
  newLink: z.string().nullable(),
});

export const GapEventWire = z.strictObject({
  kind: z.literal('gap'),
  ...stamp,
  cause: z.enum([
    'buffer-full',
    'unaccounted',
    'skipped',
    'unseen',
    'blind',
    'undecodable',
    'suspended',
    'unsampled',
    'shed',
    'slow-reader',
  ]),
  lost: z.int().nonnegative().nullable().meta({ description: 'Records lost; null where nobody can know' }),
  shed: z.int().nonnegative(),
  fromNs: z.string().regex(/^\d+$/),
  toNs: z.string().regex(/^\d+$/),
  what: z.string().nullable(),
  parts: z
    .array(
      z.strictObject({
        record: z.enum(STREAMS),
        from: z.enum(TCP_STATES).nullable(),
        to: z.enum(TCP_STATES).nullable(),
        count: z.int().nonnegative(),
      }),
    )
    .readonly()
    .meta({
      description: 'All of it where the kernel’s counters tell, the largest first; from and to are null where the record is no transition',
    }),
});

export const TierEventWire = z.strictObject({
  kind: z.literal('tier'),
  ...stamp,
  share: z
    .int()
    .positive()
    .meta({ description: 'From now on one socket in so many is told one by one and the others are counted; 1 is every socket' }),
  before: z.int().positive().meta({ description: 'What it was until now' }),
});

export const FindingEventWire = z.strictObject({ kind: z.literal('finding'), ...stamp, ...FINDING });
export type FindingEventWire = z.infer<typeof FindingEventWire>;

export const EventWire = z.discriminatedUnion('kind', [
  StateEventWire,
  TimeWaitEventWire,
  RetransmitEventWire,
  ResetEventWire,
  DropEventWire,
  SocketErrorEventWire,
  NeighbourEventWire,
  ProbeWire,
  TierEventWire,
  GapEventWire,
  FindingEventWire,
]);
export type EventWire = z.infer<typeof EventWire>;

/** An event in its wire form. Nanoseconds are rounded to whole ones: placing bpftrace's clock leaves fractions. */
export function wireOf(event: Event, host: string): EventWire {
  if (event.kind === 'probe') return probeWireOf(event, host);
  const { seq, ns, wallUs, kind, ...rest } = event;
  const stamp = { seq, ns: String(Math.round(ns)), at: rfc3339(wallUs), host };
  if (event.kind === 'gap') {
    return { ...rest, kind, ...stamp, fromNs: String(Math.round(event.fromNs)), toNs: String(Math.round(event.toNs)) } as EventWire;
  }
  if (event.kind === 'finding') return { kind, ...stamp, ...rest, since: rfc3339(event.since) } as EventWire;
  return { kind, ...stamp, ...rest } as EventWire;
}
