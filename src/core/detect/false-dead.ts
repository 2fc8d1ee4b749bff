import type { ProbeEvent } from '../model/event.ts';
import { advice, type Evidence, evidence, MAX_LISTED, subject } from '../model/finding.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { FalseDeadThresholds } from '../model/thresholds.ts';
import type { Detector, Observed } from './detector.ts';
import type { Findings } from './findings.ts';
import type { Told } from './standing.ts';

const TARGETS = 1024;

interface Wrong {
  count: number;
  seqs: number[];
  readonly sinceNs: number;
  lastNs: number;
}

/** Targets that our own probes gave up although the kernel was connected: the fault is on this side, and nobody should be taken out for it. */
export function falseDead(findings: Findings, thresholds: FalseDeadThresholds): Detector {
  const wrong = new Map<string, Wrong>();
  return {
    kinds: ['probe'],
    onEvent(event: Observed): void {
      if (event.kind !== 'probe' || event.update !== null) return;
      const { target } = event.attempt;
      if (event.verdict.mismatch !== 'false-dead') {
        if (event.verdict.alive && wrong.delete(target)) findings.clear(target, event.ns, `${target} is alive to its probe again.`, 0);
        return;
      }
      const { count = 0, seqs = [], sinceNs = event.attempt.moments.called ?? event.ns } = wrong.get(target) ?? {};
      const now = { count: count + 1, seqs: [...seqs, event.seq].slice(-MAX_LISTED), sinceNs, lastNs: event.ns };
      keepNewest(wrong, target, now, TARGETS);
      const standing = { severity: 'warning', confidence: 'confirmed', sinceNs, size: now.count } as const;
      findings.see(target, event.ns, standing, () => tell(event, now));
    },
    onTick(ns: number): void {
      for (const [target, { lastNs }] of wrong) {
        if (ns - lastNs < thresholds.quietSeconds * 1e9) continue;
        wrong.delete(target);
        findings.clear(target, ns, `${target} was not taken for dead wrongly for ${thresholds.quietSeconds} s.`, 0);
      }
    },
  };
}

function tell({ attempt, kernel, netns, drift }: ProbeEvent, { count, seqs }: Wrong): Told {
  const { target, moments, timeoutMs, loop } = attempt;
  const connectNs = kernel?.synSentNs != null && kernel.establishedNs !== null ? kernel.establishedNs - kernel.synSentNs : null;
  const tookMs = connectNs === null ? null : Math.round(connectNs / 1e4) / 100;
  const waitedMs = moments.called === null || moments.done === null ? timeoutMs : Math.round((moments.done - moments.called) / 1e6);
  const stalledMs = Math.round(loop.stalls.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0) / 1e6);
  const cause = drift.phases.find(({ phase }) => phase === 'connect')?.cause ?? null;
  const pieces: Evidence[] = [
    evidence(
      `The kernel was connected${tookMs === null ? '' : ` after ${tookMs} ms`}; the probe gave up after ${waitedMs} ms and never noticed.`,
      { attempts: count, waitedMs, ...(tookMs === null ? {} : { connectMs: tookMs }) },
      seqs,
    ),
  ];
  if (stalledMs > 0) pieces.push(evidence(`The probing process’s event loop stood still for ${stalledMs} ms of it.`, { stalledMs }, seqs));
  const { raddr, rport } = attempt;
  return {
    subject: subject('probe', { probe: target, netns, raddr, rport }),
    summary: `${target} was taken for dead and is not: its kernel answered${tookMs === null ? '' : ` within ${tookMs} ms`}, the probing process was too busy to notice.`,
    evidence: pieces,
    against: [
      evidence('That the handshake came about does not say that the application behind it would have answered: that was never asked.'),
    ],
    advice: [
      advice(
        `Find what holds the probing process${cause === null ? '' : ` (here: ${cause})`}: long tasks, garbage collection, or too little CPU. A longer timeout hides it and costs time when the target is really dead.`,
        { setting: 'timeoutMs', from: String(timeoutMs), check: `ps -o pid,pcpu,stat,comm -C node; cat /sys/fs/cgroup/cpu.stat` },
      ),
    ],
  };
}
