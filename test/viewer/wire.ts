import { EVENT_KINDS } from '../../src/core/model/event.ts';
import { advice, evidence, subject } from '../../src/core/model/finding.ts';
import { CaptureSummary } from '../../src/formats/capture/summary.ts';
import { EventWire } from '../../src/formats/event.ts';
import { ServerMessage } from '../../src/formats/live.ts';
import { probeWireOf } from '../../src/formats/probe.ts';
import { ReplayState } from '../../src/formats/replay.ts';
import type { Connection, Status } from '../../src/formats/status.ts';
import { attemptAt, probeEventOf } from '../core/attempts.ts';

/** Messages as the service sends them; each goes through its schema, so that these tests cannot drift away from the wire. */
type Of<K extends EventWire['kind']> = Extract<EventWire, { kind: K }>;
type State = Of<'state'>;

export const AT = '2025-11-20T21:00:00.123456Z';

const stamp = { seq: 1, ns: '1000000000', at: AT, host: 'db-edge-03' };
const socket = {
  sock: 7,
  netns: 4026531840,
  family: 4,
  laddr: '10.0.0.7',
  lport: 49148,
  raddr: '10.0.0.9',
  rport: 443,
  pid: 812,
  comm: 'curl',
  probe: null,
  owner: null,
  netnsName: null,
} as const;
const tcp = { sndUna: null, sndNxt: null, rcvNxt: null, srttUs: null, retransmits: 0 };

const SAMPLES: { readonly [K in EventWire['kind']]: Of<K> } = {
  state: { kind: 'state', ...stamp, ...socket, ...tcp, from: 'CLOSE', to: 'SYN_SENT', dwellUs: null, origin: 'active', anomaly: null },
  'time-wait': { kind: 'time-wait', ...stamp, ...socket, phase: 'enter', inferred: true, reusedBy: null },
  retransmit: {
    kind: 'retransmit',
    ...stamp,
    ...socket,
    what: 'syn',
    timer: 'rto',
    backoff: 2,
    state: 'SYN_SENT',
    seqStart: 1,
    seqEnd: 2,
    error: null,
  },
  reset: { kind: 'reset', ...stamp, ...socket, direction: 'received', state: 'ESTABLISHED', reason: null },
  drop: {
    kind: 'drop',
    ...stamp,
    ...socket,
    reason: 'TCP_LISTEN_OVERFLOW',
    direction: 'received',
    state: 'LISTEN',
    segSeq: 1,
    segAck: 0,
    segFlags: 2,
  },
  'socket-error': { kind: 'socket-error', ...stamp, ...socket, errno: 'ETIMEDOUT' },
  neighbour: { kind: 'neighbour', ...stamp, address: '10.0.0.1', device: 'eth0', oldLink: '02:00:00:00:00:01', newLink: null },
  probe: probeWireOf(probeEventOf(attemptAt({ called: 0, connectCalled: 1, connected: 2, done: 3 })), 'db-edge-03'),
  tier: { kind: 'tier', ...stamp, share: 32, before: 1 },
  gap: { kind: 'gap', ...stamp, cause: 'buffer-full', lost: 12, shed: 0, fromNs: '1000000000', toNs: '2400000000', what: null, parts: [] },
  finding: {
    ...{ kind: 'finding', ...stamp, id: 'accept-queue-1', detector: 'accept-queue', phase: 'open', severity: 'critical' },
    confidence: 'confirmed',
    subject: subject('service', { netns: 4026531840, laddr: '10.0.0.7', lport: 443, pid: 812, comm: 'app' }),
    since: AT,
    summary: '10.0.0.7:443 turns connections away.',
    evidence: [evidence('ListenOverflows rose by 3.', { listenOverflows: 3 })],
    against: [],
    completeness: { whole: true, gaps: [], share: 1, words: null },
    advice: [advice('See why it does not call accept().', { check: 'ss -tln' })],
  },
};

export function anEvent<K extends EventWire['kind']>(kind: K, fields: Partial<Of<K>> = {}): Of<K> {
  const event = { ...SAMPLES[kind], ...fields };
  EventWire.parse(event);
  return event;
}

export function transition(seq: number, from: State['from'], to: State['to'], fields: Partial<State> = {}): State {
  return anEvent('state', { seq, ns: String(seq * 1_000_000), from, to, ...fields });
}

export function aConnection(fields: Partial<Connection> = {}): Connection {
  return { ...socket, state: 'ESTABLISHED', sinceNs: '1000000000', origin: 'active', retransmits: 0, ...fields };
}

export function aStatus(fields: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    host: 'db-edge-03',
    kernel: '6.1.0',
    mode: 'live',
    bpftrace: '0.17.0',
    phase: 'observing',
    reason: null,
    startedAt: '2025-11-20T12:03:10.000000Z',
    lastRecordAt: AT,
    hooks: [],
    events: { total: 0, perSecond: 0, byKind: {} },
    completeness: { complete: true, gaps: 0, lost: 0, shed: 0, blindMs: 0, undecodable: 0, late: 0, evicted: 0 },
    sockets: { tracked: 0, cap: 1000, byState: {} },
    timeWait: { inferred: 0, kernel: 0, orphanFinWait2: 0 },
    probes: null,
    owners: null,
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
      live: { clients: 1, waitingEvents: 0, waitingBytes: 0, missed: 0 },
      share: 1,
    },
    clock: { offsetNs: 0, errorNs: 0 },
    ...fields,
  };
}

/** Where a replay stands: at its beginning, playing. */
export function aReplay(fields: Partial<ReplayState> = {}): ReplayState {
  return ReplayState.parse({
    ...{ turn: 1, atMs: 0, at: AT, ns: '1000000000', spanMs: 60_000, playing: true, ended: false, speed: 1, seeking: null },
    survey: { throughMs: 60_000, findings: 0, done: true, fault: null },
    ...fields,
  });
}

export function aCapture(fields: Partial<CaptureSummary> = {}): CaptureSummary {
  return CaptureSummary.parse({
    ...{ id: '20261121T031500-request-1f2e', state: 'ready', fault: null, at: AT, trigger: 'request', reason: null, from: AT, to: AT },
    ...{ bytes: 1000, missing: null, notes: [] },
    ...fields,
  });
}

export function aSnapshot(fields: Partial<Extract<ServerMessage, { type: 'snapshot' }>> = {}): ServerMessage {
  return ServerMessage.parse({
    type: 'snapshot',
    seq: 0,
    filter: '',
    kinds: [...EVENT_KINDS],
    total: 0,
    connections: [],
    findings: [],
    ...fields,
  });
}
