import { z } from 'zod';
import type { CountersInput, QueuesInput, SampledSocket, SocketsInput, SysctlsInput } from '../../core/model/input.ts';
import { TCP_STATES } from '../../core/model/tcp-state.ts';
import { Address, Ends, Ns, Number64, Port } from './quantity.ts';

/** What was looked at, as a capture holds it: `sockets`, `counters`, `queues`, `sysctls` of src/core/model/input.ts. */
const State = z.enum(TCP_STATES);
const Netns = Number64.nullable();

export const Sampled = z.looseObject({
  ...Ends,
  state: State,
  pid: Number64.nullable(),
  comm: z.string().nullable(),
  remainingMs: z.number().nullable(),
}) satisfies z.ZodType<SampledSocket>;

export const Sockets = z.looseObject({
  type: z.literal('sockets'),
  fromNs: Ns,
  atNs: Ns,
  netns: Netns,
  sockets: z.array(Sampled),
}) satisfies z.ZodType<SocketsInput>;

export const Counters = z.looseObject({
  ...{ type: z.literal('counters'), atNs: Ns, netns: Netns, timeWait: Number64, activeOpens: Number64, passiveOpens: Number64 },
  ...{ estabResets: Number64, currEstab: Number64, alive: z.array(Number64).nullable(), timeWaitOverflow: Number64 },
  fresh: z.literal(true).exactOptional(),
  fromNs: Ns.exactOptional(),
  ext: z.record(z.string(), Number64).exactOptional(),
}) satisfies z.ZodType<CountersInput>;

const Info = z.looseObject({
  ...{ unacked: Number64, backoff: Number64, retrans: Number64, retransTotal: Number64, notSent: Number64 },
  ...{ segsIn: Number64.nullable(), segsOut: Number64.nullable() },
  ...{ lastSndMs: Number64.nullable(), lastRcvMs: Number64.nullable(), lastAckMs: Number64.nullable() },
  ...{ rtoMs: Number64.nullable(), rttMs: Number64.nullable() },
});
const Timer = z.looseObject({
  kind: z.enum(['on', 'keepalive', 'timewait', 'persist', 'unknown']),
  ms: Number64,
  backoff: Number64,
});
const Waiting = z.looseObject({
  ...{ ...Ends, state: State, recvQ: Number64, sendQ: Number64, owned: z.boolean(), timer: Timer.nullable(), info: Info.nullable() },
});
const Listener = z.looseObject({ laddr: Address, lport: Port, waiting: Number64, backlog: Number64 });

export const Queues = z.looseObject({
  ...{ type: z.literal('queues'), fromNs: Ns, atNs: Ns, netns: Netns, leftOut: Number64 },
  ...{ listeners: z.array(Listener).nullable(), waiting: z.array(Waiting).nullable() },
}) satisfies z.ZodType<QueuesInput>;

export const Sysctls = z.looseObject({
  ...{ type: z.literal('sysctls'), atNs: Ns, netns: Netns, values: z.record(z.string(), z.string()) },
}) satisfies z.ZodType<SysctlsInput>;
