import { z } from 'zod';
import { CAUSES, type Cause } from '../../core/model/cause.ts';
import type { DialledInput, ProbeInput } from '../../core/model/input.ts';
import { MOMENTS, type Moment } from '../../core/model/probe.ts';
import { PROBE_PROTOCOLS } from '../../core/model/target.ts';
import { SocketWire } from '../probe-socket.ts';
import { Address, Ends, Ns, Number64, Port, WallUs } from './quantity.ts';

/** What our own probes did, as a capture holds it: `dialled` and `probe` of src/core/model/input.ts, field by field as in src/core/model/probe.ts. */
const Text = z.string().nullable();
/** A moment before the observer's own start may be negative by rounding; none is far. */
const Time = z
  .number()
  .min(-(2 ** 53))
  .max(2 ** 64);

export const Dialled = z.looseObject({
  ...{ type: z.literal('dialled'), atNs: Ns, ...Ends, target: z.string(), attempt: Number64 },
}) satisfies z.ZodType<DialledInput>;

const Loop = z.looseObject({
  lastFreeNs: Time,
  lagNs: Time,
  stalls: z.array(z.looseObject({ fromNs: Time, toNs: Time, busyNs: Time })),
  gcPauses: z.array(z.looseObject({ fromNs: Time, toNs: Time })),
});

const Failure = z.looseObject({
  cause: z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]),
  during: z.enum(['lookup', 'connect', 'tls', 'request', 'answer']),
  code: Text,
  words: z.string(),
});

const moments = Object.fromEntries(MOMENTS.map((moment) => [moment, Time.nullable()])) as Record<Moment, z.ZodNullable<typeof Time>>;

const Attempt = z.looseObject({
  ...{ target: z.string(), protocol: z.enum(PROBE_PROTOCOLS), attempt: Number64, reason: z.enum(['scheduled', 'compensating']) },
  ...{ requestId: z.string(), plannedNs: Time, wallUs: WallUs, timeoutMs: Number64 },
  ...{ moments: z.looseObject(moments), loop: Loop, addresses: z.array(z.string()) },
  ...{ laddr: Address.nullable(), lport: Port.nullable(), raddr: Address.nullable(), rport: Port },
  ...{ bytesSent: Number64, bytesReceived: Number64, answer: Text, failure: Failure.nullable(), socket: SocketWire.nullable() },
  tls: z.looseObject({ version: z.string(), cipher: z.string(), subject: Text, issuer: Text, validTo: Text, fault: Text }).nullable(),
  pooled: z.looseObject({ reused: z.boolean(), openedNs: Time, beat: Number64, replaced: Text }).nullable(),
});

export const Probe = z.looseObject({
  type: z.literal('probe'),
  atNs: Ns,
  attempt: Attempt,
  standing: z.looseObject({ health: z.enum(['new', 'healthy', 'jittering', 'weak', 'dead']), suspect: z.boolean(), misses: Number64 }),
}) satisfies z.ZodType<ProbeInput>;
