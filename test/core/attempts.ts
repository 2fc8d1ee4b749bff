import { MOMENTS, type Moment, type ProbeAttempt } from '../../src/core/model/probe.ts';

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
