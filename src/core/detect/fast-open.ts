import type { FastOpenThresholds } from '../model/connection-thresholds.ts';
import type { RetransmitEvent, StateEvent } from '../model/event.ts';
import { advice, type Evidence, evidence, MAX_LISTED, subject } from '../model/finding.ts';
import type { CountersInput, SampleInput } from '../model/input.ts';
import { keepNewest } from '../model/keep-newest.ts';
import type { Detector, Observed } from './detector.ts';
import type { Findings } from './findings.ts';
import type { Told } from './standing.ts';
import { end, owner, whole } from './words.ts';

interface Swallowed {
  readonly netns: number | null;
  readonly raddr: string;
  readonly rport: number;
  pid: number | null;
  comm: string | null;
  count: number;
  seqs: number[];
  firstNs: number;
  lastNs: number;
}

/** What the kernel counted of a namespace. */
interface Counted {
  failed: number;
  blackhole: number;
  /** Since when, and by how much both have risen. */
  risenNs: number;
  failures: number;
  holes: number;
}

const DESTINATIONS = 1024;
const NAMESPACES = 1024;
/** SYNs sent again, and sockets connected after one, that are remembered at most. */
const SYNS = 4096;
const WINDOW_NS = 60e9;
/** The data of a lost SYN is sent again at once when the second, without data, is answered. */
const AT_ONCE_NS = 10e6;
const LOOK_NS = 1e9;

/** See {@link FastOpen}. */
export function fastOpen(findings: Findings, thresholds: FastOpenThresholds): Detector {
  return new FastOpen(findings, thresholds);
}

/**
 * TCP Fast Open that is swallowed on the way (RFC 7413 §7.1): a SYN with data is lost; the second, which Linux sends without, is answered
 * at once; and its data is sent again in the same moment. Each connection is a second late, and works. The kernel's own counters
 * (TCPFastOpenActiveFail, TCPFastOpenBlackhole) confirm it.
 */
class FastOpen implements Detector {
  readonly kinds = ['state', 'retransmit'] as const;
  readonly transitions = { from: ['SYN_SENT'] } as const;
  readonly #findings: Findings;
  readonly #t: FastOpenThresholds;
  /** Sockets whose SYN was sent again, and when those of them were connected. */
  readonly #again = new Map<number, number>();
  readonly #swallowed = new Map<string, Swallowed>();
  readonly #counted = new Map<number | null, Counted>();
  #lookedNs = Number.NEGATIVE_INFINITY;

  constructor(findings: Findings, thresholds: FastOpenThresholds) {
    this.#findings = findings;
    this.#t = thresholds;
  }

  onEvent(event: Observed): void {
    if (event.kind === 'retransmit') this.#onRetransmit(event);
    else if (event.kind === 'state' && event.from === 'SYN_SENT') this.#onState(event);
  }

  onSample(sample: SampleInput): void {
    if (sample.type === 'counters') this.#onCounters(sample);
  }

  onTick(ns: number): void {
    if (ns - this.#lookedNs < LOOK_NS) return;
    this.#lookedNs = ns;
    for (const [key, one] of this.#swallowed) {
      if (ns - one.lastNs < WINDOW_NS) continue;
      this.#swallowed.delete(key);
      this.#findings.clear(key, ns, 'No SYN with data was lost for a minute.', 0);
    }
    for (const [netns, one] of this.#counted) {
      if (one.holes > 0 && ns - one.risenNs >= WINDOW_NS) this.#over(netns, one, ns);
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    for (const netns of this.#counted.keys()) if (netns !== null && !alive.has(netns)) this.#counted.delete(netns);
    for (const [key, { netns, lastNs }] of this.#swallowed) {
      if (netns === null || alive.has(netns)) continue;
      this.#swallowed.delete(key);
      this.#findings.end(key, lastNs, 'Its network namespace is gone.');
    }
  }

  #onState({ sock, to, ns }: StateEvent): void {
    if (sock === null || !this.#again.has(sock)) return;
    if (to === 'ESTABLISHED') this.#again.set(sock, ns);
    else this.#again.delete(sock);
  }

  #onRetransmit(event: RetransmitEvent): void {
    const { sock, what, state, ns, backoff } = event;
    if (sock === null) return;
    if (what === 'syn' && state === 'SYN_SENT') {
      keepNewest(this.#again, sock, Number.NaN, SYNS);
      return;
    }
    const connectedNs = this.#again.get(sock);
    if (connectedNs === undefined) return;
    this.#again.delete(sock);
    // What is lost later is lost like any other segment: it waits for a time-out first.
    if (what === 'data' && backoff === 0 && ns - connectedNs <= AT_ONCE_NS) this.#lost(event);
  }

  #lost({ netns, raddr, rport, pid, comm, ns, seq }: RetransmitEvent): void {
    const key = `${netns} ${raddr} ${rport}`;
    let one = this.#swallowed.get(key);
    if (one === undefined || ns - one.lastNs > WINDOW_NS)
      one = { netns, raddr, rport, pid, comm, count: 0, seqs: [], firstNs: ns, lastNs: ns };
    one.count++;
    one.lastNs = ns;
    one.pid = pid ?? one.pid;
    one.comm = comm ?? one.comm;
    one.seqs = [...one.seqs.slice(1 - MAX_LISTED), seq];
    keepNewest(this.#swallowed, key, one, DESTINATIONS);
    this.#judge(key, one, ns);
  }

  #judge(key: string, one: Swallowed, ns: number): void {
    if (one.count < this.#t.failures) return;
    const counted = this.#counted.get(one.netns);
    const witnessed = counted !== undefined && counted.failures > 0;
    const standing = {
      severity: 'warning',
      confidence: witnessed ? 'confirmed' : 'consistent',
      sinceNs: one.firstNs,
      size: one.count,
    } as const;
    this.#findings.see(key, ns, standing, () => told(one, counted));
  }

  #onCounters({ netns, ext, atNs }: CountersInput): void {
    if (ext === undefined) return;
    const { TCPFastOpenActiveFail: failed = 0, TCPFastOpenBlackhole: blackhole = 0 } = ext;
    const one = this.#counted.get(netns);
    if (one === undefined) {
      const fresh = { failed, blackhole, risenNs: Number.NEGATIVE_INFINITY, failures: 0, holes: 0 };
      keepNewest(this.#counted, netns, fresh, NAMESPACES);
      return;
    }
    const [failures, holes] = [failed - one.failed, blackhole - one.blackhole];
    one.failed = failed;
    one.blackhole = blackhole;
    if (atNs - one.risenNs > WINDOW_NS && one.holes === 0) one.failures = 0;
    if (failures > 0 || holes > 0) {
      one.failures += Math.max(0, failures);
      one.holes += Math.max(0, holes);
      one.risenNs = atNs;
    }
    if (failures > 0) for (const [key, lost] of this.#swallowed) if (lost.netns === netns) this.#judge(key, lost, atNs);
    if (holes <= 0) return;
    const standing = { severity: 'warning', confidence: 'confirmed', sinceNs: atNs, size: one.holes } as const;
    this.#findings.see(`holes ${netns}`, atNs, standing, () => toldHoles(netns, one));
  }

  #over(netns: number | null, one: Counted, ns: number): void {
    one.holes = 0;
    one.failures = 0;
    this.#findings.clear(`holes ${netns}`, ns, 'The kernel has found no further black hole for a minute.', 0);
  }
}

const SWITCH = advice(
  'Switch Fast Open off at the client (no TCP_FASTOPEN_CONNECT, or bit 1 of the sysctl) until the way is mended: it costs one round trip.',
  {
    setting: 'net.ipv4.tcp_fastopen',
    check: 'nstat -az TcpExtTCPFastOpenActiveFail TcpExtTCPFastOpenBlackhole; sysctl net.ipv4.tcp_fastopen',
  },
);

function told({ netns, raddr, rport, pid, comm, count, seqs, firstNs, lastNs }: Swallowed, counted: Counted | undefined): Told {
  const to = end(raddr, rport);
  const seconds = (lastNs - firstNs) / 1e9;
  const words = `${whole(count)} times within ${whole(seconds)} s a SYN was sent again and answered at once, and its data was sent again in the same moment.`;
  const pieces: Evidence[] = [evidence(words, { lost: count, seconds }, seqs)];
  if (counted !== undefined && counted.failures > 0) {
    pieces.push(evidence(`TCPFastOpenActiveFail of this namespace rose by ${whole(counted.failures)}.`, { activeFail: counted.failures }));
  }
  return {
    subject: subject('peer', { netns, raddr, rport, pid, comm }),
    summary: `Fast Open to ${to} is swallowed on the way: each connection of ${owner(comm, pid)} is a second late, because SYNs with data do not arrive.`,
    evidence: pieces,
    against: [
      evidence('The host and its listener are well: the SYN without data is answered at once.'),
      evidence('Plain loss of SYNs looks the same once; that it hits only first SYNs with data, again and again, does not.'),
    ],
    advice: [
      SWITCH,
      advice(`Look for a middlebox before ${to} that drops SYNs with data or with option 34.`, {
        check: `tcpdump -ni any 'tcp[13] & 2 != 0 and host ${raddr}'`,
      }),
    ],
  };
}

function toldHoles(netns: number | null, { holes, failures }: Counted): Told {
  return {
    subject: subject('namespace', { netns }),
    summary: 'The kernel has found that Fast Open connections die on the way, and holds Fast Open back for all destinations for a while.',
    evidence: [
      evidence(`TCPFastOpenBlackhole rose by ${whole(holes)}, TCPFastOpenActiveFail by ${whole(failures)}.`, {
        blackhole: holes,
        activeFail: failures,
      }),
    ],
    against: [evidence('Connections go on without Fast Open: they pay a round trip and lose nothing.')],
    advice: [
      SWITCH,
      advice('How long it is held back, doubled each time; 0 never does.', {
        setting: 'net.ipv4.tcp_fastopen_blackhole_timeout_sec',
        check: 'sysctl net.ipv4.tcp_fastopen_blackhole_timeout_sec',
      }),
    ],
  };
}
