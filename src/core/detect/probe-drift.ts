import type { ProbeDriftThresholds } from '../model/connection-thresholds.ts';
import type { ProbeEvent } from '../model/event.ts';
import { type Advice, advice, evidence, subject } from '../model/finding.ts';
import { keepNewest } from '../model/keep-newest.ts';
import { type DriftCause, PHASES, type Phase, type PhaseDrift } from '../model/probe.ts';
import type { Detector, Observed } from './detector.ts';
import type { Findings } from './findings.ts';
import type { Told } from './standing.ts';
import { whole } from './words.ts';

/** What a phase's time went to beside the far end's own and the way there and back. */
const OWN = ['event-loop', 'gc', 'syn-retransmission', 'data-retransmission'] as const satisfies readonly DriftCause[];
type Own = (typeof OWN)[number];

/** One attempt's phase. */
interface Excess {
  readonly ns: number;
  readonly by: Readonly<Record<Own, number>>;
  readonly applicationNs: number;
  readonly joined: boolean;
  readonly seq: number;
  readonly atNs: number;
}

/** Attempts that a phase of a target is judged by, and targets. */
const LAST = 10;
const TARGETS = 16_384;

/** See {@link ProbeDrift}. */
export function probeDrift(findings: Findings, thresholds: ProbeDriftThresholds): Detector {
  return new ProbeDrift(findings, thresholds);
}

/**
 * Probes whose phases take longer than the far end and the network account for, by target and phase, with the cause that took most: the
 * prober's own event loop, its collector, or segments that had to be sent again.
 */
class ProbeDrift implements Detector {
  readonly kinds = ['probe'] as const;
  readonly #findings: Findings;
  readonly #attempts: number;
  readonly #budgetNs: Readonly<Record<Phase, number>>;
  readonly #targets = new Map<string, Record<Phase, Excess[]>>();

  constructor(findings: Findings, { connectMs, tlsMs, requestMs, closeMs, attempts }: ProbeDriftThresholds) {
    this.#findings = findings;
    this.#attempts = attempts;
    this.#budgetNs = { connect: connectMs * 1e6, tls: tlsMs * 1e6, request: requestMs * 1e6, close: closeMs * 1e6 };
  }

  onEvent(event: Observed): void {
    if (event.kind !== 'probe' || event.update !== null) return;
    const { target } = event.attempt;
    const phases = this.#targets.get(target) ?? { connect: [], tls: [], request: [], close: [] };
    const [oldest] = this.#targets.size >= TARGETS && !this.#targets.has(target) ? this.#targets.keys() : [];
    if (oldest !== undefined) for (const name of PHASES) this.#findings.end(`${name} ${oldest}`, event.ns, 'It is followed no longer.');
    keepNewest(this.#targets, target, phases, TARGETS);
    for (const drift of event.drift.phases) {
      const last = phases[drift.phase];
      last.push(excessOf(drift, event));
      if (last.length > LAST) last.shift();
      this.#judge(target, drift.phase, last, event);
    }
  }

  #judge(target: string, phase: Phase, last: readonly Excess[], event: ProbeEvent): void {
    const key = `${phase} ${target}`;
    const budgetNs = this.#budgetNs[phase];
    const above = last.filter(({ ns }) => ns > budgetNs);
    // An attempt is told once it is over; so is what it says.
    const ns = event.attempt.moments.closed ?? event.attempt.moments.done ?? event.ns;
    const [first] = above;
    if (first === undefined || above.length < this.#attempts) {
      const words = `${last.length - above.length} of the last ${last.length} attempts were within ${whole(budgetNs / 1e6)} ms.`;
      if (above.length * 2 < this.#attempts) this.#findings.clear(key, ns, words);
      return;
    }
    const standing = {
      severity: above.length * 2 >= LAST ? 'warning' : 'info',
      confidence: above.every(({ joined }) => joined) ? 'confirmed' : 'consistent',
      sinceNs: first.atNs,
      size: mean(above.map((one) => one.ns)) / 1e6,
    } as const;
    this.#findings.see(key, ns, standing, () => told({ target, phase, budgetNs, last, above, event }));
  }
}

interface Drifted {
  readonly target: string;
  readonly phase: Phase;
  readonly budgetNs: number;
  readonly last: readonly Excess[];
  readonly above: readonly Excess[];
  readonly event: ProbeEvent;
}

function told({ target, phase, budgetNs, last, above, event }: Drifted): Told {
  const sums = OWN.map((cause) => ({ cause, ns: above.reduce((sum, { by }) => sum + by[cause], 0) })).sort((a, b) => b.ns - a.ns);
  const most = sums[0]?.cause ?? 'event-loop';
  const excessMs = mean(above.map(({ ns }) => ns)) / 1e6;
  const applicationMs = mean(above.map(({ applicationNs }) => applicationNs)) / 1e6;
  const worstMs = Math.max(...above.map(({ ns }) => ns)) / 1e6;
  const parts = sums.filter(({ ns }) => ns > 0).map(({ cause, ns }) => `${whole(ns / above.length / 1e6)} ms ${WORDS[cause]}`);
  const { raddr, rport } = event.attempt;
  return {
    subject: subject('probe', { netns: event.netns, raddr, rport, probe: target }),
    summary: `The ${phase} phase of ${target} takes ${whole(excessMs)} ms longer than the far end does: ${WORDS[most]}.`,
    evidence: [
      evidence(
        `${above.length} of the last ${last.length} attempts were above the budget of ${whole(budgetNs / 1e6)} ms, ${whole(worstMs)} ms the worst; the application measured ${whole(applicationMs)} ms.`,
        { above: above.length, attempts: last.length, budgetMs: budgetNs / 1e6, meanMs: excessMs, worstMs, applicationMs },
        above.map(({ seq }) => seq),
      ),
      evidence(
        `In the mean: ${parts.join(', ')}.`,
        Object.fromEntries(sums.map(({ cause, ns }) => [FIGURES[cause], ns / above.length / 1e6])),
      ),
    ],
    against: [
      evidence(
        most === 'event-loop' || most === 'gc'
          ? 'It is not the far end: its kernel answered in time. What this probe measured is too long by that much.'
          : 'It is not the application there: the way lost segments, and the time is what sending them again took.',
      ),
    ],
    advice: adviceFor(most, raddr, rport),
  };
}

const WORDS: Readonly<Record<Own, string>> = {
  'event-loop': 'the prober’s event loop was busy',
  gc: 'the prober’s garbage collector held it',
  'syn-retransmission': 'SYNs had to be sent again',
  'data-retransmission': 'data had to be sent again',
};

const FIGURES: Readonly<Record<Own, string>> = {
  'event-loop': 'eventLoopMs',
  gc: 'gcMs',
  'syn-retransmission': 'synRetransmissionMs',
  'data-retransmission': 'dataRetransmissionMs',
};

function adviceFor(cause: Own, raddr: string | null, rport: number): Advice[] {
  if (cause === 'event-loop' || cause === 'gc') {
    return [
      advice('Give the prober CPU, or fewer targets, or longer intervals: until then do not grade the far end by this phase.', {
        check: 'curl -s 127.0.0.1:7373/metrics | grep -E "probe_start_delay|probe_drift|observer_cpu"',
      }),
    ];
  }
  return [
    advice('Look for loss on the way, and for a listener whose queue is full.', {
      check: `ss -tin dst ${raddr ?? ''} dport = :${rport}; nstat -az TcpRetransSegs TcpExtTCPSynRetrans`,
    }),
  ];
}

function excessOf({ parts, applicationNs, phase }: PhaseDrift, { kernel, seq, ns }: ProbeEvent): Excess {
  const by = { 'event-loop': 0, gc: 0, 'syn-retransmission': 0, 'data-retransmission': 0 };
  for (const part of parts) if (isOwn(part.cause)) by[part.cause] += part.ns;
  const sum = OWN.reduce((all, cause) => all + by[cause], 0);
  // Without the kernel's lane the parts of a close cannot be told apart.
  return { ns: phase === 'close' && kernel === null ? 0 : sum, by, applicationNs, joined: kernel !== null, seq, atNs: ns };
}

function isOwn(cause: DriftCause): cause is Own {
  return (OWN as readonly DriftCause[]).includes(cause);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
