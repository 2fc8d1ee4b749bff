import { setImmediate as breath } from 'node:timers/promises';
import { SynopticError } from '../core/model/errors.ts';
import type { FindingEvent } from '../core/model/event.ts';
import type { Health } from '../core/model/probe.ts';
import { type FindingEventWire, wireOf } from '../formats/event.ts';
import { parseFilter } from '../formats/filter.ts';
import type { FindingsView } from '../formats/findings.ts';
import type { NetstackView } from '../formats/netstack.ts';
import type { ProbeDetail } from '../formats/probes.ts';
import type { ReplayState, ReplayView, Steer } from '../formats/replay.ts';
import type { ConnectionPage, Status, TimeWaitView } from '../formats/status.ts';
import type { VerdictView } from '../formats/verdict.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import type { Bytes } from '../sinks/live-outlet.ts';
import type { MetricsSink } from '../sinks/metrics.ts';
import type { Listing, Observation } from '../sinks/observation.ts';
import type { ProbeBoard } from '../sinks/probe-board.ts';
import { probeSeries } from '../sinks/probe-series.ts';
import type { Steering } from '../sinks/steering.ts';
import { verdictOf } from '../sinks/verdict.ts';
import { type CaptureCalls, capturesCore } from './captures-core.ts';

/**
 * What the serving thread may ask of the observing one. Every answer is plain data, for it is copied from one to the other; what may be long
 * is JSON already, in bytes that are handed over.
 */
export interface Core extends CaptureCalls {
  alive(): Promise<true>;
  status(): Promise<Status>;
  /** A {@link ConnectionPage} in JSON. `filter` was understood before. */
  connections(filter: string, limit: number, afterSock: number): Promise<Bytes>;
  /** `filter` was understood before. */
  findings(filter: string, limit: number): Promise<FindingsView>;
  /** `filter` was understood before. */
  verdict(filter: string): Promise<VerdictView>;
  /** A {@link SocketLife} in JSON. */
  life(sock: number): Promise<Bytes>;
  timeWait(): Promise<TimeWaitView>;
  netstack(): Promise<NetstackView>;
  /** A page of what is probed, in JSON. `filter` was understood before. */
  probes(filter: string, healths: readonly Health[], limit: number, after: number): Promise<Bytes>;
  /** Null where it is not probed. */
  probe(target: string): Promise<ProbeDetail | null>;
  /** Refused with NOT_A_REPLAY where there is none that may be steered. */
  replay(): Promise<ReplayView>;
  /** As {@link Core.replay}. */
  steer(wish: Steer): Promise<ReplayState>;
  /** Prometheus's text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export type CoreCall = keyof Core;

/** Rows printed before what comes from the kernel has its turn: some 0.5 ms. */
const ROWS = 250;

/** What answers come from. */
export interface CoreSources {
  readonly observation: Observation;
  readonly metrics: MetricsSink;
  readonly board: ProbeBoard;
  /** Null where nothing is recorded. */
  readonly captures: Captures | null;
  /** Null where nothing is replayed. */
  readonly steering: Steering | null;
}

/** Answers from the observation itself. */
export function coreOf({ observation, metrics: { registry }, board, captures, steering }: CoreSources): Core {
  const inTurn = oneAtATime();
  const steered = (): Steering => {
    if (steering !== null) return steering;
    throw notAReplay(observation.status().mode);
  };
  return {
    alive: async () => true,
    status: async () => observation.status(),
    connections: (text, limit, afterSock) =>
      inTurn(async () => {
        const filter = parseFilter(text);
        return printPage(await observation.connections(filter, limit, afterSock), filter.text, limit);
      }),
    findings: async (text, limit) => listFindings(observation, text, limit),
    verdict: async (text) => verdictOf(observation, board, parseFilter(text)),
    life: (sock) => inTurn(async () => new TextEncoder().encode(JSON.stringify(await observation.life(sock)))),
    timeWait: () => inTurn(() => observation.timeWait()),
    netstack: () => observation.netstack(),
    probes: async (text, healths, limit, after) =>
      new TextEncoder().encode(JSON.stringify(board.list({ filter: parseFilter(text), healths, limit, after }))),
    probe: async (target) => board.detail(target),
    replay: async () => steered().view(),
    steer: async (wish) => steered().steer(wish),
    metrics: async () => ({ contentType: registry.contentType, text: (await registry.metrics()) + (await probeSeries(board)) }),
    ...capturesCore(captures),
  };
}

function notAReplay(mode: Status['mode']): SynopticError {
  const what = mode === 'demo' ? 'The demo plays by itself, over and over' : 'This machine is observed as it is now';
  return new SynopticError('NOT_A_REPLAY', `${what}: there is nothing to steer.`, { expected: '`synoptic replay CAPTURE`' });
}

function listFindings(observation: Observation, text: string, limit: number): FindingsView {
  const filter = parseFilter(text);
  const { host } = observation.status();
  const { open, resolved, leftOut } = observation.findings();
  const fitting = (events: readonly FindingEvent[]): FindingsView['open'] =>
    events.filter((event) => filter.matches(event, host)).map((event) => wireOf(event, host) as FindingEventWire);
  const [opened, ended] = [fitting(open), fitting(resolved)];
  return {
    seq: observation.lastSeq(),
    filter: filter.text,
    total: opened.length + ended.length,
    open: opened.slice(0, limit),
    resolved: ended.slice(0, Math.max(0, limit - opened.length)),
    leftOut,
  };
}

/** Lists that may wait for one another: who comes later is turned away at once. */
const WAITING = 8;

/** Many who ask for long lists wait for each other, so that between two slices of one list there is never a slice of each of them. */
function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (task) => {
    if (waiting >= WAITING) {
      throw new SynopticError('CORE_SILENT', `${WAITING} others wait for long lists already.`, { mend: 'ask again in a second' });
    }
    waiting++;
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      waiting--;
    }
  };
}

async function printPage({ seq, total, rows }: Listing, filter: string, limit: number): Promise<Bytes> {
  const last = rows.at(-1);
  const next = last !== undefined && rows.length === limit ? last.sock : null;
  const frame = JSON.stringify({ seq, filter, total, next, connections: [] } satisfies ConnectionPage);
  const parts: string[] = [];
  for (let from = 0; from < rows.length; from += ROWS) {
    if (from > 0) await breath();
    parts.push(JSON.stringify(rows.slice(from, from + ROWS)).slice(1, -1));
  }
  return new TextEncoder().encode(`${frame.slice(0, -2)}${parts.join(',')}]}`);
}
