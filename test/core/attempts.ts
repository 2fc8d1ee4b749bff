import { driftOf } from '../../src/core/correlate/drift.ts';
import { verdict } from '../../src/core/correlate/verdict.ts';
import type { ProbeEvent } from '../../src/core/model/event.ts';
import { type KernelLane, MOMENTS, type Moment, type ProbeAttempt } from '../../src/core/model/probe.ts';

/** An attempt that reached some moments, at ms after 1 s of uptime; alive unless told otherwise. */
export function attemptAt(ms: Partial<Record<Moment, number>>, more: Partial<ProbeAttempt> = {}): ProbeAttempt {
  const moments = Object.fromEntries(
    MOMENTS.map((moment) => {
      const at = ms[moment];
      return [moment, at === undefined ? null : 1e9 + at * 1e6];
    }),
  ) as Record<Moment, number | null>;
  return {
    ...{ target: 'tcp://127.0.0.1:80', protocol: 'tcp', attempt: 1, reason: 'scheduled', requestId: 'r', plannedNs: 1e9, wallUs: 1.7e15 },
    ...{ timeoutMs: 1000, moments, loop: { lastFreeNs: 1e9 - 1e6, lagNs: 0, stalls: [], gcPauses: [] }, addresses: ['127.0.0.1'] },
    ...{ laddr: '127.0.0.1', lport: 40000, raddr: '127.0.0.1', rport: 80, bytesSent: 0, bytesReceived: 0 },
    ...{ tls: null, pooled: null, socket: null, answer: 'connected', failure: null },
    ...more,
  };
}

/** What is there of an attempt whose socket has itself counted so many segments sent again. */
export const countedAgain = (retransmits: number): Pick<ProbeAttempt, 'socket'> => {
  const unknown = { rttUs: null, rttVarUs: null, minRttUs: null, unacked: 0, segsOut: null, segsIn: null };
  return { socket: { options: [], fastOpen: null, info: { state: 'ESTABLISHED', options: [], ...unknown, retransmits }, why: null } };
};

/** A kernel's lane in which nothing has happened, but what is told. */
export function laneOf(more: Partial<KernelLane> = {}): KernelLane {
  return {
    ...{ synSentNs: 1.002e9, establishedNs: null, firstByteNs: null, finSentNs: null, finReceivedNs: null, closedNs: null },
    ...{ timeWaitNs: null, goneNs: null, state: null, synRetransmits: 0, dataRetransmits: 0, resent: [], resets: [] },
    ...{ allAcknowledged: null, error: null },
    ...more,
  };
}

/** The event of an attempt, with or without its kernel's side, as the core would make it. */
export function probeEventOf(attempt: ProbeAttempt, kernel: KernelLane | null = null, more: Partial<ProbeEvent> = {}): ProbeEvent {
  return {
    ...{ kind: 'probe', seq: 1, ns: attempt.moments.called ?? attempt.plannedNs, wallUs: attempt.wallUs, update: null, attempt },
    standing: { health: 'healthy', suspect: false, misses: 0 },
    ...(kernel === null ? { sock: null, netns: null } : { sock: 7, netns: 4026531840 }),
    ...{ kernel, unseen: kernel === null ? 'nobody looked' : null, verdict: verdict(attempt, kernel) },
    drift: driftOf(attempt, kernel, kernel === null ? null : 50_000),
    ...more,
  };
}
