import { z } from 'zod';
import { CAUSES, type Cause } from '../core/model/cause.ts';
import { MOMENTS, type Moment, type ProbeAttempt, type Verdict } from '../core/model/probe.ts';
import { FAST_OPENS, type FastOpenOutcome, SOCKET_OPTIONS, type SocketView, TCP_OPTIONS } from '../core/model/socket-view.ts';
import { PROBE_PROTOCOLS } from '../core/model/target.ts';
import { TCP_STATES } from '../core/model/tcp-state.ts';
import { rfc3339 } from './event.ts';

const CauseName = z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]);
const Us = z.number().meta({ unit: 'µs', description: 'After `ns`' });

const moments = Object.fromEntries(MOMENTS.filter((moment) => moment !== 'called').map((moment) => [moment, Us.nullable()])) as Record<
  Exclude<Moment, 'called'>,
  z.ZodNullable<typeof Us>
>;

const Count = z.int().nonnegative();

/** The socket as the kernel describes it to its owner (getsockopt). Field by field as in src/core/model/socket-view.ts. */
const SocketWire = z.strictObject({
  options: z
    .array(
      z.strictObject({ name: z.enum(SOCKET_OPTIONS), asked: z.int().nullable(), applied: z.int().nullable(), why: z.string().nullable() }),
    )
    .meta({ description: 'Asked for, and read back: s for keep-alive, ms for the user timeout' }),
  fastOpen: z
    .strictObject({
      outcome: z.enum(Object.keys(FAST_OPENS) as [FastOpenOutcome, ...FastOpenOutcome[]]),
      why: z.string().nullable(),
      state: z
        .strictObject({
          setting: Count.nullable().meta({ description: 'net.ipv4.tcp_fastopen' }),
          active: Count.nullable(),
          activeFail: Count.nullable(),
          blackhole: Count.nullable(),
          blackholeTimeoutS: Count.nullable().meta({ unit: 's' }),
        })
        .nullable()
        .meta({ description: 'The network namespace’s own counts (TcpExt TCPFastOpen…), where the SYN carried nothing' }),
    })
    .nullable(),
  info: z
    .strictObject({
      state: z.enum(TCP_STATES),
      options: z.array(z.enum(TCP_OPTIONS)),
      rttUs: Count.nullable(),
      rttVarUs: Count.nullable(),
      minRttUs: Count.nullable(),
      retransmits: z.int().nullable().meta({ description: 'Segments sent again in this attempt, SYNs included' }),
      unacked: Count,
      segsOut: Count.nullable(),
      segsIn: Count.nullable(),
    })
    .nullable()
    .meta({ description: 'TCP_INFO at the end of the attempt' }),
  why: z.string().nullable().meta({ description: 'Why there is no `info`' }),
});

/** One attempt as `synoptic probe --json` prints it. Fields may be added; none goes or changes its meaning. */
export const ProbeWire = z.strictObject({
  kind: z.literal('probe'),
  ns: z.string().regex(/^\d+$/).meta({ description: 'When the attempt was called for, CLOCK_MONOTONIC', unit: 'ns' }),
  at: z.iso.datetime({ precision: 6 }),
  host: z.string().meta({ description: 'Where the probe ran' }),
  target: z.string().meta({ description: 'As written, without its password' }),
  protocol: z.enum(PROBE_PROTOCOLS),
  attempt: z.int().positive(),
  reason: z.enum(['scheduled', 'compensating']),
  requestId: z.string().meta({ description: 'Sent as X-Request-ID; the same for an attempt and its retries' }),
  alive: z.boolean(),
  stages: z.strictObject({ reachable: z.boolean().nullable(), responsive: z.boolean().nullable(), serving: z.boolean().nullable() }),
  responder: z.enum(['syn-ack', 'rst', 'icmp', 'this machine', 'nobody']).nullable().meta({ description: 'Who answered the SYN' }),
  cause: CauseName.nullable(),
  couldBe: z.array(CauseName).meta({ description: 'What the same signs may also mean, for all that the application can tell' }),
  mismatch: z.enum(['false-dead', 'masked-loss']).nullable(),
  words: z.string().meta({ description: 'The answer, or what went wrong; may hold text from the far end' }),
  code: z.string().nullable(),
  timeoutMs: z.number().positive(),
  lateUs: z.number().meta({ unit: 'µs', description: 'How much later than planned the attempt started' }),
  phases: z.strictObject(moments),
  loop: z.strictObject({
    lastFreeUs: Us.meta({ description: 'When the event loop last turned before the call; negative' }),
    lagUs: z.number().meta({ unit: 'µs', description: 'How overdue its next turn was then' }),
    stalls: z.array(z.strictObject({ fromUs: Us, toUs: Us, busyUs: z.number() })),
    gcPauses: z.array(z.strictObject({ fromUs: Us, toUs: Us })),
  }),
  addresses: z.array(z.string()),
  laddr: z.string().nullable(),
  lport: z.int().nullable(),
  raddr: z.string().nullable(),
  rport: z.int(),
  bytesSent: z.int().nonnegative(),
  bytesReceived: z.int().nonnegative(),
  tls: z
    .strictObject({
      version: z.string(),
      cipher: z.string(),
      subject: z.string().nullable(),
      issuer: z.string().nullable(),
      validTo: z.string().nullable(),
      fault: z.string().nullable(),
    })
    .nullable(),
  pooled: z
    .strictObject({ reused: z.boolean(), openedUs: Us, beat: z.int().positive(), replaced: z.string().nullable() })
    .nullable()
    .meta({ description: 'A heartbeat’s connection' }),
  socket: SocketWire.nullable().meta({ description: 'Null where none was opened' }),
  kernel: z.null().meta({ description: 'The kernel’s side of the same socket; not joined yet' }),
});
export type ProbeWire = z.infer<typeof ProbeWire>;

export function probeWireOf(attempt: ProbeAttempt, verdict: Verdict, host: string): ProbeWire {
  const { moments: at, loop, failure, pooled, tls, plannedNs } = attempt;
  const calledNs = at.called ?? plannedNs;
  const us = (ns: number): number => Math.round(ns - calledNs) / 1000;
  const { target, protocol, attempt: number, reason, requestId, timeoutMs, addresses, laddr, lport, raddr, rport } = attempt;
  const { alive, stages, responder, cause, couldBe, mismatch } = verdict;
  return {
    ...{ kind: 'probe', ns: String(calledNs), at: rfc3339(attempt.wallUs), host, target, protocol, attempt: number, reason, requestId },
    ...{ alive, stages: { ...stages }, responder, cause, couldBe: [...couldBe], mismatch },
    words: failure?.words ?? attempt.answer ?? '',
    code: failure?.code ?? null,
    timeoutMs,
    lateUs: Math.round(calledNs - plannedNs) / 1000,
    phases: phasesOf(at, us),
    loop: {
      lastFreeUs: us(loop.lastFreeNs),
      lagUs: Math.round(loop.lagNs) / 1000,
      stalls: loop.stalls.map(({ fromNs, toNs, busyNs }) => ({ fromUs: us(fromNs), toUs: us(toNs), busyUs: Math.round(busyNs) / 1000 })),
      gcPauses: loop.gcPauses.map(({ fromNs, toNs }) => ({ fromUs: us(fromNs), toUs: us(toNs) })),
    },
    ...{ addresses: [...addresses], laddr, lport, raddr, rport, bytesSent: attempt.bytesSent, bytesReceived: attempt.bytesReceived },
    tls: tls === null ? null : { ...tls },
    pooled: pooled === null ? null : { reused: pooled.reused, openedUs: us(pooled.openedNs), beat: pooled.beat, replaced: pooled.replaced },
    socket: attempt.socket === null ? null : socketWireOf(attempt.socket),
    kernel: null,
  };
}

function socketWireOf({ options, fastOpen, info, why }: SocketView): z.infer<typeof SocketWire> {
  return {
    options: options.map((option) => ({ ...option })),
    fastOpen: fastOpen === null ? null : { ...fastOpen },
    info: info === null ? null : { ...info, options: [...info.options] },
    why,
  };
}

function phasesOf(moments: ProbeAttempt['moments'], us: (ns: number) => number): ProbeWire['phases'] {
  const { called: _, ...later } = moments;
  const entries = Object.entries(later).map(([moment, ns]) => [moment, ns === null ? null : us(ns)]);
  return Object.fromEntries(entries) as ProbeWire['phases'];
}
