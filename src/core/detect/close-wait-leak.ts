import type { CloseWaitThresholds } from '../model/connection-thresholds.ts';
import type { StateEvent } from '../model/event.ts';
import { advice, type Evidence, evidence, subject } from '../model/finding.ts';
import type { SampleInput } from '../model/input.ts';
import type { Sock } from '../track/sock.ts';
import type { Detector, Observed, World } from './detector.ts';
import type { Findings } from './findings.ts';
import { listenerAt } from './listener.ts';
import type { Told } from './standing.ts';
import { type Group, growthOf, listed, oldestOf, Staying, seqsOf } from './staying.ts';
import { end, owner, whole } from './words.ts';

/** See {@link CloseWaitLeak}. */
export function closeWaitLeak(findings: Findings, world: World, thresholds: CloseWaitThresholds): Detector {
  return new CloseWaitLeak(findings, world, thresholds);
}

/**
 * Sockets in CLOSE_WAIT: the far end has said that it is done, and the process here does not close. The kernel never ends that by itself. By
 * service where a listener accepted them, else by the process that connected.
 */
class CloseWaitLeak implements Detector {
  readonly kinds = ['state'] as const;
  readonly transitions = { from: ['CLOSE_WAIT'], to: ['CLOSE_WAIT'] } as const;
  readonly #findings: Findings;
  readonly #world: World;
  readonly #t: CloseWaitThresholds;
  readonly #staying: Staying;

  constructor(findings: Findings, world: World, thresholds: CloseWaitThresholds) {
    this.#findings = findings;
    this.#world = world;
    this.#t = thresholds;
    this.#staying = new Staying({
      state: 'CLOSE_WAIT',
      sockets: world.sockets,
      ageNs: thresholds.ageSeconds * 1e9,
      keyOf: (sock) => (this.#serves(sock) ? `service ${sock.netns} ${sock.lport}` : `process ${sock.netns} ${sock.pid} ${sock.raddr}`),
    });
  }

  onEvent(event: Observed): void {
    if (event.kind === 'state' && touches(event)) this.#staying.onState(event);
  }

  onSample(sample: SampleInput): void {
    if (sample.type === 'sockets') this.#staying.onSockets(sample);
  }

  onTick(ns: number): void {
    this.#staying.onTick(ns);
    for (const group of this.#staying.groups.values()) this.#judge(group, ns);
    for (const key of this.#findings.keys()) {
      if (!this.#staying.groups.has(key)) this.#findings.clear(key, ns, 'None of them is left in CLOSE_WAIT.', 0);
    }
  }

  onNamespaces(alive: ReadonlySet<number>): void {
    this.#staying.onNamespaces(alive);
  }

  #judge(group: Group, ns: number): void {
    const count = group.stays.size;
    const oldest = oldestOf(group, ns);
    if (oldest === null || count < this.#t.sockets) {
      this.#findings.clear(group.key, ns, `${whole(group.left)} were closed; ${whole(count)} are left in CLOSE_WAIT.`);
      return;
    }
    const old = oldest.ageS >= this.#t.warnSeconds;
    const standing = {
      severity: old ? (count >= this.#t.criticalSockets ? 'critical' : 'warning') : 'info',
      // A slow answer to a client that has said all it had to say looks the same for a while.
      confidence: old ? 'consistent' : 'suspected',
      sinceNs: oldest.stay.sinceNs,
      size: count,
    } as const;
    this.#findings.see(group.key, ns, standing, () => this.#told(group, ns));
  }

  #told(group: Group, ns: number): Told {
    const { sock } = group.first;
    const { netns, laddr, lport, raddr } = sock;
    const count = group.stays.size;
    const { ageS = 0 } = oldestOf(group, ns) ?? {};
    const serves = group.key.startsWith('service');
    const listener = serves ? listenerAt(this.#world.sockets, netns, laddr, lport) : null;
    const { pid, comm } = sock.pid !== null || listener === null ? sock : listener;
    const who = owner(comm, pid);
    const where = serves ? `that ${end(laddr, lport)} accepted` : `to ${raddr}`;
    const growth = growthOf(group, ns);
    const words = `${whole(count)} sockets are in CLOSE_WAIT for ${this.#t.ageSeconds} s or longer, the oldest for ${whole(ageS)} s; ${whole(group.left)} others left it.`;
    const pieces: Evidence[] = [evidence(words, { sockets: count, oldestSeconds: ageS, closed: group.left }, seqsOf(group))];
    if (growth !== null) {
      const { more, seconds } = growth;
      const how = more > 0 ? `${whole(more)} more` : more < 0 ? `${whole(-more)} fewer` : 'as many';
      pieces.push(evidence(`There are ${how} than ${seconds} s ago.`, { more, seconds }));
    }
    const parts = { netns, pid, comm, sockets: listed(group), socketsTotal: count };
    return {
      subject: serves ? subject('service', { laddr, lport, ...parts }) : subject('sockets', { raddr, ...parts }),
      summary: `${who} does not close ${whole(count)} connections ${where}, which the far end has closed: they wait in CLOSE_WAIT.`,
      evidence: pieces,
      against: [
        evidence('It is not the network, and no kernel setting ends it: CLOSE_WAIT lasts until the process closes.'),
        evidence('A client may close its own half and wait for a long answer on purpose; then these end with the answer.'),
      ],
      advice: [
        advice(
          `Look in ${who} for a path that does not close after read() gave 0: a lost exception, a pool without a check, a blocked thread.`,
          {
            check: pid === null ? `ss -tanpo state close-wait` : `ss -tanpo state close-wait | grep pid=${pid}; ls /proc/${pid}/fd | wc -l`,
          },
        ),
        advice('Until then: each holds a file descriptor. See how many are left before accept() or connect() fail; a restart frees them.', {
          setting: 'RLIMIT_NOFILE',
          check: pid === null ? 'ulimit -n' : `grep 'open files' /proc/${pid}/limits`,
        }),
      ],
    };
  }

  #serves(sock: Sock): boolean {
    return (
      sock.origin === 'passive' ||
      (sock.origin !== 'active' && listenerAt(this.#world.sockets, sock.netns, sock.laddr, sock.lport) !== null)
    );
  }
}

function touches({ from, to }: StateEvent): boolean {
  return from === 'CLOSE_WAIT' || to === 'CLOSE_WAIT';
}
