import type { LingeringProbeThresholds } from '../model/connection-thresholds.ts';
import type { ProbeEvent } from '../model/event.ts';
import { advice, evidence, MAX_LISTED, type SubjectSocket, subject } from '../model/finding.ts';
import type { TcpState } from '../model/tcp-state.ts';
import type { Detector, Observed } from './detector.ts';
import type { Findings } from './findings.ts';
import type { Told } from './standing.ts';
import { end, whole } from './words.ts';

interface Lingering extends SubjectSocket {
  readonly state: TcpState | null;
  readonly seq: number;
  readonly atNs: number;
}

interface Target {
  readonly name: string;
  readonly netns: number | null;
  readonly raddr: string | null;
  readonly rport: number;
  /** By attempt. */
  readonly sockets: Map<number, Lingering>;
  gone: number;
}

/** Whoever joins attempts follows a socket no longer than this after its attempt, ns. */
const FOLLOWED_NS = 600e9;
/** Sockets of one target, and targets, remembered at most. */
const SOCKETS = 1024;
const TARGETS = 4096;
const LOOK_NS = 1e9;

/** See {@link LingeringProbe}. */
export function lingeringProbe(findings: Findings, thresholds: LingeringProbeThresholds): Detector {
  return new LingeringProbe(findings, thresholds);
}

/** Sockets of our own probes that live on in the kernel after the probe has closed them: what observing itself leaves behind. */
class LingeringProbe implements Detector {
  readonly kinds = ['probe'] as const;
  readonly #findings: Findings;
  readonly #t: LingeringProbeThresholds;
  readonly #targets = new Map<string, Target>();
  #nowNs = 0;

  constructor(findings: Findings, thresholds: LingeringProbeThresholds) {
    this.#findings = findings;
    this.#t = thresholds;
  }

  onEvent(event: Observed): void {
    if (event.kind !== 'probe' || event.update === null) return;
    const name = event.attempt.target;
    if (event.update === 'lingering') this.#lingers(event);
    else {
      const target = this.#targets.get(name);
      if (target?.sockets.delete(event.attempt.attempt) !== true) return;
      target.gone++;
      this.#judge(target, this.#nowNs);
    }
  }

  onTick(ns: number): void {
    if (ns - this.#nowNs < LOOK_NS) return;
    this.#nowNs = ns;
    for (const target of this.#targets.values()) {
      let expired = false;
      for (const [attempt, { atNs }] of target.sockets) {
        if (ns - atNs < FOLLOWED_NS) break;
        target.sockets.delete(attempt);
        expired = true;
      }
      if (expired) this.#judge(target, ns);
    }
  }

  #lingers({ attempt, sock, netns, kernel, seq, ns }: ProbeEvent): void {
    const { target: name, laddr, lport, raddr, rport } = attempt;
    let target = this.#targets.get(name);
    if (target === undefined) {
      if (this.#targets.size >= TARGETS) return;
      target = { name, netns, raddr, rport, sockets: new Map(), gone: 0 };
      this.#targets.set(name, target);
    }
    if (target.sockets.size >= SOCKETS) return;
    const atNs = attempt.moments.closed ?? ns;
    const tuple = { laddr: laddr ?? '', lport: lport ?? 0, raddr: raddr ?? '', rport };
    target.sockets.set(attempt.attempt, { sock, ...tuple, state: kernel?.state ?? null, seq, atNs });
    // An attempt's own time is long past: what it says is said now.
    this.#judge(target, Math.max(this.#nowNs, atNs));
  }

  #judge(target: Target, ns: number): void {
    const [first] = target.sockets.values();
    if (first === undefined) {
      this.#findings.clear(
        target.name,
        ns,
        `All of them have ended in the kernel too, or are followed no longer; ${whole(target.gone)} were seen to.`,
      );
      this.#targets.delete(target.name);
      return;
    }
    const count = target.sockets.size;
    const severity = count >= this.#t.warnSockets ? 'warning' : 'info';
    const standing = { severity, confidence: 'confirmed', sinceNs: first.atNs, size: count } as const;
    this.#findings.see(target.name, ns, standing, () => told(target, ns));
  }
}

function told({ name, netns, raddr, rport, sockets, gone }: Target, ns: number): Told {
  const all = [...sockets.values()];
  const states = [...new Set(all.map(({ state }) => state ?? 'a state not known'))].join(', ');
  const oldestS = Math.max(...all.map(({ atNs }) => (ns - atNs) / 1e9));
  const count = all.length;
  const one = count === 1;
  const listed = all
    .slice(0, MAX_LISTED)
    .map(({ sock, laddr, lport, raddr: to, rport: port }) => ({ sock, laddr, lport, raddr: to, rport: port }));
  const to = raddr === null ? name : end(raddr, rport);
  return {
    subject: subject('probe', { netns, raddr, rport, probe: name, sockets: listed, socketsTotal: count }),
    summary: `${whole(count)} ${one ? 'socket' : 'sockets'} of the probe ${name} ${one ? 'lives' : 'live'} on in the kernel (${states}) after the probe closed ${one ? 'it' : 'them'}.`,
    evidence: [
      evidence(
        `The oldest was closed ${whole(oldestS)} s ago; ${whole(gone)} others have ended late.`,
        { sockets: count, oldestSeconds: oldestS, endedLate: gone },
        all.map(({ seq }) => seq),
      ),
    ],
    against: [
      evidence(
        'For the application the attempt is over: its answer counts. The far end does not acknowledge the close, or does not close itself.',
      ),
    ],
    advice: [
      advice(
        `See in which state they stay: FIN_WAIT1 and LAST_ACK say that ${to} acknowledges nothing, FIN_WAIT2 that it does not close.`,
        {
          check: `ss -tano dst ${to}`,
        },
      ),
      advice('An orphan’s FIN is sent again until tcp_orphan_retries; fewer free the ports sooner and give up on slow peers.', {
        setting: 'net.ipv4.tcp_orphan_retries',
        check: 'sysctl net.ipv4.tcp_orphan_retries',
      }),
    ],
  };
}
