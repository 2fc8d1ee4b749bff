import type { Drift, DriftCause, DriftPart, KernelLane, Phase, PhaseDrift, ProbeAttempt, Resent } from '../model/probe.ts';
import { type Claim, divide } from './parts.ts';

/** Below this a drift is what any process has that turns an event loop, ns: it has no cause worth a name. */
const NOTABLE_NS = 5e6;

/**
 * Where an attempt's time went, phase by phase: the application's span beside the kernel's of the same socket. Without the kernel's side
 * only what the event loop and the collector took is known, and the rest is called unknown.
 *
 * @param errorNs how far the two lanes' times may be off against each other.
 */
export function driftOf(attempt: ProbeAttempt, kernel: KernelLane | null, errorNs: number | null): Drift {
  const phases = [connecting(attempt, kernel), securing(attempt, kernel), asking(attempt, kernel), closing(attempt, kernel)];
  return { errorNs: kernel === null ? null : errorNs, phases: phases.filter((phase) => phase !== null) };
}

/** From connect called to its callback; the kernel's span is SYN_SENT to ESTABLISHED, or to the refusal. */
function connecting(attempt: ProbeAttempt, kernel: KernelLane | null): PhaseDrift | null {
  const { connectCalled: from, connected, submitted, done } = attempt.moments;
  const to = connected ?? done;
  if (from === null || to === null) return null;
  if (kernel === null || kernel.synSentNs === null) {
    const asked = clamp(submitted ?? from, from, to);
    const parts = divide(from, to, [...held(attempt, 'before', from, asked), ...stalls(attempt, asked, to)], UNKNOWN);
    return phase('connect', from, to, null, parts);
  }
  const began = clamp(kernel.synSentNs, from, to);
  // What the kernel did after the application gave up is no part of the phase.
  const ended = clamp(kernel.establishedNs ?? kernel.closedNs ?? to, began, to);
  const claims = [
    ...held(attempt, 'before', from, began),
    ...held(attempt, 'after', ended, to),
    ...again('syn-retransmission', 'syn', kernel.resent, began, ended),
  ];
  return phase('connect', from, to, ended - began, divide(from, to, claims, { cause: 'network', when: 'during' }));
}

/** From connected to the end of the TLS handshake. */
function securing(attempt: ProbeAttempt, kernel: KernelLane | null): PhaseDrift | null {
  const { connected, secured, done } = attempt.moments;
  const failed = attempt.failure?.during === 'tls' ? done : null;
  const to = secured ?? failed;
  if (connected === null || to === null) return null;
  return phase('tls', connected, to, null, talk(attempt, kernel, connected, to, 'tls'));
}

/** From the first write to the end of the answer, or of waiting for it. */
function asking(attempt: ProbeAttempt, kernel: KernelLane | null): PhaseDrift | null {
  const { firstWrite, done } = attempt.moments;
  if (firstWrite === null || done === null) return null;
  return phase('request', firstWrite, done, null, talk(attempt, kernel, firstWrite, done, 'application'));
}

/** From close called to closed. To the kernel closing is one moment, its FIN or its reset: all else is the application's own. */
function closing(attempt: ProbeAttempt, kernel: KernelLane | null): PhaseDrift | null {
  const { closeCalled: from, closed: to } = attempt.moments;
  if (from === null || to === null) return null;
  const end = kernel?.finSentNs ?? kernel?.closedNs ?? null;
  if (end === null) return phase('close', from, to, null, divide(from, to, stalls(attempt, from, to), UNKNOWN));
  const at = clamp(end, from, to);
  const claims = [...held(attempt, 'before', from, at), ...held(attempt, 'after', at, to)];
  return phase('close', from, to, 0, divide(from, to, claims, { cause: 'event-loop', when: 'after' }));
}

const UNKNOWN = { cause: 'unknown', when: 'during' } as const;

/** A conversation: what the collector and the loop held, what waited for data to be sent again, and the rest. */
function talk(attempt: ProbeAttempt, kernel: KernelLane | null, from: number, to: number, rest: DriftCause): DriftPart[] {
  const loss = kernel === null ? [] : again('data-retransmission', 'data', kernel.resent, from, to);
  return divide(from, to, [...stalls(attempt, from, to), ...loss], kernel === null ? UNKNOWN : { cause: rest, when: 'during' });
}

/** This process's own time: the collector's pauses in it, and the loop's for all the rest. */
function held(attempt: ProbeAttempt, when: DriftPart['when'], fromNs: number, toNs: number): Claim[] {
  return [...collected(attempt, when, fromNs, toNs), { cause: 'event-loop', when, fromNs, toNs, count: 1 }];
}

/** What of somebody else's time the collector and the loop are known to have held. */
function stalls(attempt: ProbeAttempt, fromNs: number, toNs: number): Claim[] {
  const own = attempt.loop.stalls.map(({ fromNs: a, toNs: b }) => claim('event-loop', 'during', Math.max(a, fromNs), Math.min(b, toNs)));
  return [...collected(attempt, 'during', fromNs, toNs), ...own];
}

function collected({ loop }: ProbeAttempt, when: DriftPart['when'], fromNs: number, toNs: number): Claim[] {
  return loop.gcPauses
    .map(({ fromNs: a, toNs: b }) => claim('gc', when, Math.max(a, fromNs), Math.min(b, toNs)))
    .filter((one) => one.toNs > one.fromNs);
}

/** The wait until the last segment that had to be sent again: had the first one arrived, nobody would have waited. */
function again(cause: DriftCause, what: Resent['what'], resent: readonly Resent[], fromNs: number, toNs: number): Claim[] {
  const times = resent.filter((one) => one.what === what && one.ns > fromNs && one.ns <= toNs).map(({ ns }) => ns);
  return times.length === 0 ? [] : [{ cause, when: 'during', fromNs, toNs: Math.max(...times), count: times.length }];
}

function claim(cause: DriftCause, when: DriftPart['when'], fromNs: number, toNs: number): Claim {
  return { cause, when, fromNs, toNs, count: 1 };
}

function phase(name: Phase, fromNs: number, toNs: number, kernelNs: number | null, parts: DriftPart[]): PhaseDrift {
  const applicationNs = toNs - fromNs;
  const driftNs = kernelNs === null ? null : applicationNs - kernelNs;
  const own = parts.filter(({ when }) => when !== 'during');
  // The loop's delay counts as one, before and after.
  const sums = own.map(({ cause }) => ({ cause, ns: own.reduce((sum, part) => sum + (part.cause === cause ? part.ns : 0), 0) }));
  const [most] = sums.sort((a, b) => b.ns - a.ns);
  const cause = driftNs === null || driftNs < NOTABLE_NS ? null : (most?.cause ?? null);
  return { phase: name, fromNs, applicationNs, kernelNs, driftNs, cause, parts };
}

function clamp(ns: number, least: number, most: number): number {
  return Math.min(Math.max(ns, least), most);
}
