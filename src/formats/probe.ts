import { z } from 'zod';
import { CAUSES, type Cause } from '../core/model/cause.ts';
import type { ProbeEvent } from '../core/model/event.ts';
import { MISMATCHES, MOMENTS, type Moment, type ProbeAttempt } from '../core/model/probe.ts';
import { PROBE_PROTOCOLS } from '../core/model/target.ts';
import { DriftWire, driftWireOf, KernelLaneWire, kernelLaneWireOf } from './probe-lanes.ts';
import { SocketWire, socketWireOf } from './probe-socket.ts';
import { rfc3339 } from './utc.ts';

const CauseName = z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]);
const Us = z.number().meta({ unit: 'µs', description: 'After `ns`' });

const moments = Object.fromEntries(MOMENTS.filter((moment) => moment !== 'called').map((moment) => [moment, Us.nullable()])) as Record<
  Exclude<Moment, 'called'>,
  z.ZodNullable<typeof Us>
>;

/** One attempt: as an event, and as `synoptic probe --json` prints it. Fields may be added; none goes or changes its meaning. */
export const ProbeWire = z.strictObject({
  kind: z.literal('probe'),
  seq: z.int().positive().meta({ description: 'One up each event, per run' }),
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
  mismatch: z.enum(MISMATCHES).nullable().meta({
    description:
      'Where application and kernel disagree. false-alive: connected for the kernel, and nobody answers; false-dead: given up while the kernel was connected; masked-loss: fine, but sent again, by the kernel’s records or by the socket’s own count; lingering: over, but alive in the kernel',
  }),
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
  update: z.enum(['lingering', 'gone']).nullable().meta({
    description:
      'Null: the attempt. lingering: told again, because its socket has outlived it by two seconds; gone: that socket has ended now. Who counts attempts counts those with null',
  }),
  standing: z.strictObject({
    health: z.enum(['new', 'healthy', 'jittering', 'weak', 'dead']),
    suspect: z.boolean(),
    misses: z.int().nonnegative().meta({ description: 'In a row' }),
  }),
  sock: z.int().positive().nullable().meta({ description: 'As in the kernel’s events of the same socket; null where there is none' }),
  netns: z.int().positive().nullable(),
  kernel: KernelLaneWire.nullable().meta({ description: 'The kernel’s side of the same socket; null where `unseen` says why' }),
  unseen: z.string().nullable().meta({ description: 'Why there is no kernel side' }),
  drift: DriftWire,
});
export type ProbeWire = z.infer<typeof ProbeWire>;

export function probeWireOf(event: ProbeEvent, host: string): ProbeWire {
  const { seq, attempt, verdict, standing, update, sock, netns, kernel, unseen, drift } = event;
  const { moments: at, loop, failure, pooled, tls, plannedNs } = attempt;
  const calledNs = at.called ?? plannedNs;
  const us = (ns: number): number => Math.round(ns - calledNs) / 1000;
  const { target, protocol, attempt: number, reason, requestId, timeoutMs, addresses, laddr, lport, raddr, rport } = attempt;
  const { alive, stages, responder, cause, couldBe, mismatch } = verdict;
  return {
    ...{
      kind: 'probe',
      seq,
      ns: String(calledNs),
      at: rfc3339(attempt.wallUs),
      host,
      target,
      protocol,
      attempt: number,
      reason,
      requestId,
    },
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
    ...{ update, standing: { ...standing }, sock, netns, unseen },
    kernel: kernel === null ? null : kernelLaneWireOf(kernel, us),
    drift: driftWireOf(drift, us),
  };
}

function phasesOf(moments: ProbeAttempt['moments'], us: (ns: number) => number): ProbeWire['phases'] {
  const { called: _, ...later } = moments;
  const entries = Object.entries(later).map(([moment, ns]) => [moment, ns === null ? null : us(ns)]);
  return Object.fromEntries(entries) as ProbeWire['phases'];
}
