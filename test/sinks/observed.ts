import type { Event, FindingEvent, StateEvent } from '../../src/core/model/event.ts';
import { evidence, type Subject, subject } from '../../src/core/model/finding.ts';
import type { Filter } from '../../src/formats/filter.ts';
import type { NetstackView } from '../../src/formats/netstack.ts';
import type { SocketLife } from '../../src/formats/socket-life.ts';
import type { Connection, Status, TimeWaitView } from '../../src/formats/status.ts';
import type { Findings, Listing, Observation } from '../../src/sinks/observation.ts';

const DEFAULT_STATUS: Status = {
  version: '0.1.0',
  host: 'web-1',
  kernel: '6.18.0',
  mode: 'live',
  bpftrace: '0.17.0',
  phase: 'observing',
  reason: null,
  startedAt: '2026-11-20T21:00:00.000000Z',
  lastRecordAt: '2026-11-20T21:00:10.000000Z',
  hooks: [{ fact: 'sock-state', script: 'sock-state', lack: null }],
  events: { total: 0, perSecond: 0, byKind: {} },
  completeness: { complete: true, gaps: 0, lost: 0, shed: 0, blindMs: 0, undecodable: 0, late: 0, evicted: 0 },
  sockets: { tracked: 3, cap: 1_000_000, byState: { ESTABLISHED: 2, TIME_WAIT: 1 } },
  timeWait: { inferred: 1, kernel: 1, orphanFinWait2: 0 },
  probes: null,
  owners: { found: 12, still: 340, gone: 3, hidden: 2, unread: 1 },
  replay: null,
  observer: {
    cpuCores: 0.21,
    memoryBytes: 115_000_000,
    bpftrace: { pid: 812, cpuCores: 0.12, cpuSeconds: 7.5, rssBytes: 45_000_000 },
    node: { cpuCores: 0.08, cpuSeconds: 4.25, rssBytes: 70_000_000 },
    commands: { cpuCores: 0.01, cpuSeconds: 0.5 },
    output: { lines: 1_000_000, linesPerSecond: 50_012, bytes: 90_000_000, bytesPerSecond: 4_500_000 },
    loop: { p50Ms: 0.2, p99Ms: 3, maxMs: 12 },
    order: { waiting: 500, holdMs: 10 },
    live: null,
    share: 1,
  },
  clock: { offsetNs: 0, errorNs: 1000 },
};

/** An observation held in memory: what the server and the sinks meet in place of a kernel. */
export class Observed implements Observation {
  current: Status = DEFAULT_STATUS;
  seq = 0;
  table: Connection[] = [];
  ledger: TimeWaitView = {
    namespaces: [{ netns: 4026531840, inferred: 1, kernel: null }],
    groups: [
      {
        netns: 4026531840,
        laddr: '10.0.0.7',
        raddr: '10.0.0.9',
        rport: 443,
        count: 1,
        oldestMs: 1500,
        newestMs: 1500,
        ages: [1, ...new Array<number>(11).fill(0)],
      },
    ],
    pools: [],
    groupsTotal: 1,
  };
  settings: NetstackView = [
    { setting: 'net.ipv4.tcp_tw_reuse', value: '2', default: '2', concern: 'Ports in TIME_WAIT', advice: null, severity: 'ok' },
  ];

  status(): Status {
    return this.current;
  }

  lastSeq(): number {
    return this.seq;
  }

  async connections(filter: Filter, limit: number, afterSock: number): Promise<Listing> {
    const fitting = this.table.filter((connection) => filter.matchesConnection(connection));
    return { seq: this.seq, total: fitting.length, rows: fitting.filter(({ sock }) => sock > afterSock).slice(0, limit) };
  }

  found: Findings = { open: [], resolved: [], leftOut: {} };

  findings(): Findings {
    return this.found;
  }

  /** By socket. */
  lives = new Map<number, SocketLife>();

  async life(sock: number): Promise<SocketLife> {
    const nothing = { connection: null, left: 0, beginning: 'forgotten', holes: false } as const;
    return this.lives.get(sock) ?? { seq: this.seq, sock, ...nothing, events: [], attempts: [] };
  }

  async timeWait(): Promise<TimeWaitView> {
    return this.ledger;
  }

  async netstack(): Promise<NetstackView> {
    return this.settings;
  }

  /** Says that something changed: later events have later numbers. */
  set(change: Partial<Status>): void {
    this.current = { ...this.current, ...change };
  }

  /** The next `count` events, taken in by the observation before anybody hears of them. */
  happen(count: number, about: Partial<StateEvent> = {}): Event[] {
    return Array.from({ length: count }, () => stateEvent(++this.seq, about));
  }
}

export function stateEvent(seq: number, about: Partial<StateEvent> = {}): StateEvent {
  return {
    kind: 'state',
    seq,
    ns: seq * 1000,
    wallUs: 1_763_672_400_000_000 + seq,
    sock: 1,
    netns: 4026531840,
    family: 4,
    laddr: '10.0.0.7',
    lport: 50000,
    raddr: '10.0.0.9',
    rport: 443,
    pid: 42,
    comm: 'curl',
    probe: null,
    owner: null,
    netnsName: null,
    from: 'SYN_SENT',
    to: 'ESTABLISHED',
    dwellUs: 120,
    sndUna: null,
    sndNxt: null,
    rcvNxt: null,
    srttUs: null,
    retransmits: null,
    origin: 'active',
    anomaly: null,
    ...about,
  };
}

/** An open finding about a service at this subject. */
export function aFinding(seq: number, about: Partial<Subject> = {}, more: Partial<FindingEvent> = {}): FindingEvent {
  return {
    ...{ kind: 'finding', seq, ns: seq * 1000, wallUs: 1_763_672_400_000_000 + seq, id: `accept-queue-${seq}`, detector: 'accept-queue' },
    ...{
      phase: 'open',
      severity: 'critical',
      confidence: 'confirmed',
      subject: { ...subject('service', { netns: 4026531840 }), ...about },
    },
    ...{
      since: 1_763_672_400_000_000,
      summary: 'It turns connections away.',
      evidence: [evidence('seen', {}, [1])],
      against: [],
      advice: [],
    },
    completeness: { whole: true, gaps: [], share: 1, words: null },
    ...more,
  };
}

export function connection(sock: number, about: Partial<Connection> = {}): Connection {
  const { netns, family, laddr, lport, raddr, rport, pid, comm, probe, owner, netnsName } = stateEvent(1);
  const ends = { netns: netns ?? 1, family, laddr, lport, raddr, rport, pid, comm, probe, owner, netnsName };
  return { sock, ...ends, state: 'ESTABLISHED', sinceNs: '1000', origin: 'active', retransmits: 0, ...about };
}
