import { setImmediate as breath } from 'node:timers/promises';
import type { Event, EventKind } from '../core/model/event.ts';
import { familyOf } from '../core/model/four-tuple.ts';
import type { StartInput } from '../core/model/input.ts';
import { TCP_STATES } from '../core/model/tcp-state.ts';
import type { Pipeline } from '../core/pipeline.ts';
import { exhaustion, reusesPorts } from '../core/track/pool-rates.ts';
import type { Pool } from '../core/track/pools.ts';
import type { Sock } from '../core/track/sock.ts';
import { wireOf } from '../formats/event.ts';
import type { Filter } from '../formats/filter.ts';
import type { NetstackView } from '../formats/netstack.ts';
import { probeWireOf } from '../formats/probe.ts';
import type { SocketLife } from '../formats/socket-life.ts';
import {
  type Connection,
  type Status,
  TIME_WAIT_AGES,
  type TimeWaitGroup,
  type TimeWaitPool,
  type TimeWaitView,
} from '../formats/status.ts';
import { rfc3339 } from '../formats/utc.ts';
import { FindingBook } from '../sinks/finding-book.ts';
import type { Findings, Listing, Observation } from '../sinks/observation.ts';
import { SocketHistory } from '../sinks/socket-history.ts';
import type { Meter } from '../sources/meter/meter.ts';
import { VERSION } from './version.ts';

/** Groups listed by {@link Observation.timeWait}. */
const GROUPS = 200;
/** TIME_WAIT lasts 60 s (TCP_TIMEWAIT_LEN). */
const AGE_STEP_MS = 60_000 / TIME_WAIT_AGES;
/** Events per second are a mean over this many seconds. */
const RATE_SECONDS = 2;
/** Table entries looked at before what comes from the kernel has its turn: about 1 ms. */
const SLICE = 4000;

export interface ViewOptions {
  readonly start: StartInput;
  readonly pipeline: Pipeline;
  readonly meter: Meter;
  readonly mode: Status['mode'];
  readonly maxSockets: number;
  /** What came of looking at owners; null where nobody looks. */
  readonly looks?: NonNullable<Status['owners']> | null;
  netstack(): Promise<NetstackView>;
}

/** What server and sinks may ask of a pipeline: the pipeline's state in the words of the formats. */
export class PipelineView implements Observation {
  readonly #options: ViewOptions;
  readonly #byKind = new Map<EventKind, number>();
  readonly #findings = new FindingBook();
  readonly #history = new SocketHistory();
  readonly netstack: () => Promise<NetstackView>;
  #ended: string | null = null;
  /** Events per whole second, newest first. */
  #seconds: number[] = [];
  #second = 0;
  #inSecond = 0;

  constructor(options: ViewOptions) {
    this.#options = options;
    this.netstack = options.netstack;
  }

  /** Counts what the pipeline gave. */
  accept(events: readonly Event[]): void {
    this.#turn();
    this.#findings.accept(events);
    this.#history.accept(events);
    this.#inSecond += events.length;
    for (const { kind } of events) this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
  }

  /** The observation is over, whatever the pipeline last heard. */
  end(reason: string): void {
    this.#ended = reason;
  }

  lastSeq(): number {
    return this.#options.pipeline.seq;
  }

  status(): Status {
    const { start, pipeline, mode, maxSockets } = this.#options;
    const { phase, reason, version, hooks, heardNs, late, share, blindForNs } = pipeline.state;
    const { gaps, lost, shed, undecodable, blindNs } = pipeline.gapTotals;
    const { offsetNs, errorNs } = pipeline.clock;
    const evicted = pipeline.sockets.evicted + pipeline.timeWait.evicted;
    this.#turn();
    return {
      version: VERSION,
      host: start.host,
      kernel: start.kernel,
      mode,
      bpftrace: version,
      phase: this.#ended === null ? phase : 'ended',
      reason: this.#ended ?? reason,
      startedAt: rfc3339(start.wallUs),
      lastRecordAt: heardNs === null ? null : rfc3339(pipeline.wallUs(heardNs)),
      hooks: [...hooks],
      events: {
        total: pipeline.seq,
        perSecond: this.#seconds.reduce((sum, count) => sum + count, 0) / RATE_SECONDS,
        byKind: Object.fromEntries(this.#byKind),
      },
      completeness: {
        complete: gaps === 0 && late === 0 && evicted === 0 && share === 1 && phase === 'observing',
        gaps,
        lost,
        shed,
        blindMs: (blindNs + blindForNs) / 1e6,
        undecodable,
        late,
        evicted,
      },
      sockets: { tracked: pipeline.sockets.size, cap: maxSockets, byState: this.#byState() },
      timeWait: this.#timeWait(),
      // Who is probed is known to whoever probes, see sinks/with-probes.ts.
      probes: null,
      owners: this.#options.looks == null ? null : { ...this.#options.looks },
      // Nor where a replay stands: see replay-session.ts.
      replay: null,
      observer: this.#observer(),
      clock: { offsetNs: errorNs === null ? null : offsetNs, errorNs },
    };
  }

  findings(): Findings {
    const { open, resolved } = this.#findings;
    return { open, resolved, leftOut: this.#options.pipeline.detect.leftOut };
  }

  async connections(filter: Filter, limit: number, afterSock: number): Promise<Listing> {
    const { pipeline, start } = this.#options;
    const seq = pipeline.seq;
    const rows: Connection[] = [];
    let total = 0;
    let looked = 0;
    for (const sock of pipeline.sockets.values()) {
      if (++looked % SLICE === 0) await breath();
      const netnsName = pipeline.names.of(sock.netns);
      const listed = sock.id > afterSock && rows.length < limit;
      // Where everything fits there is nothing to ask, and nothing left to count.
      const row = listed || filter.text !== '' ? connectionOf(sock, netnsName) : null;
      if (row !== null && !filter.matchesConnection(row, start.host)) continue;
      total++;
      if (row !== null && listed) rows.push(row);
      if (filter.text === '' && rows.length === limit) return { seq, total: pipeline.sockets.size, rows };
    }
    return { seq, total, rows };
  }

  async life(sock: number): Promise<SocketLife> {
    const { pipeline, start } = this.#options;
    const living = await this.#living(sock);
    const { events, attempts, ...rest } = this.#history.of(sock, (ns) => pipeline.wallUs(ns));
    return {
      seq: pipeline.seq,
      sock,
      connection: living === null ? null : connectionOf(living, pipeline.names.of(living.netns)),
      events: events.map((event) => wireOf(event, start.host)),
      ...rest,
      attempts: attempts.map((attempt) => probeWireOf(attempt, start.host)),
    };
  }

  async timeWait(): Promise<TimeWaitView> {
    const { pipeline } = this.#options;
    const groups = new Map<string, TimeWaitGroup>();
    let looked = 0;
    for (const { netns, laddr, raddr, rport, phase, sinceNs } of pipeline.timeWait.values()) {
      if (++looked % SLICE === 0) await breath();
      if (phase !== 'time-wait') continue;
      const key = `${netns} ${laddr} ${raddr} ${rport}`;
      const ageMs = Math.max(0, (pipeline.nowNs - sinceNs) / 1e6);
      const group = groups.get(key) ?? aGroup({ netns, laddr, raddr, rport }, ageMs);
      group.count++;
      group.oldestMs = Math.max(group.oldestMs, ageMs);
      group.newestMs = Math.min(group.newestMs, ageMs);
      const step = Math.min(TIME_WAIT_AGES - 1, Math.floor(ageMs / AGE_STEP_MS));
      group.ages[step] = (group.ages[step] ?? 0) + 1;
      groups.set(key, group);
    }
    return {
      namespaces: pipeline.timeWait.namespaces().map((netns) => {
        const { timeWait, kernel } = pipeline.timeWait.population(netns, pipeline.nowNs);
        return { netns, inferred: timeWait, kernel };
      }),
      groups: [...groups.values()].sort((a, b) => b.count - a.count).slice(0, GROUPS),
      pools: [...pipeline.timeWait.pools.large()]
        .sort((a, b) => b.count - a.count)
        .slice(0, GROUPS)
        .map(this.#poolOf),
      groupsTotal: groups.size,
    };
  }

  readonly #poolOf = (pool: Pool): TimeWaitPool => {
    const { side, netns, laddr, lport, raddr, rport, count, probes, entered, left, reused } = pool;
    const { detect, timeWait } = this.#options.pipeline;
    const client = side === 'client';
    const ports = client ? (detect.settings.ports(netns)?.count ?? null) : null;
    const perSecond = timeWait.pools.rates.of(pool);
    const number = (name: string): number | null => detect.settings.number(netns, name);
    const reuses = client ? reusesPorts(number('ipv4.tcp_tw_reuse'), number('ipv4.tcp_timestamps'), raddr) : null;
    const exhaustedInS = ports === null || perSecond === null ? null : exhaustion(count, ports, perSecond);
    const ends = client ? { lport: null, raddr, rport } : { lport, raddr: null, rport: null };
    return { side, netns, laddr, ...ends, count, probes, entered, left, reused, ports, perSecond, exhaustedInS, reuses };
  };

  /** The socket of this number, while it lives: where its last event says that it is, else by looking at all of them. */
  async #living(sock: number): Promise<Sock | null> {
    const { pipeline } = this.#options;
    const { sockets } = pipeline;
    const last = this.#history.of(sock, (ns) => pipeline.wallUs(ns)).events.at(-1);
    if (last !== undefined) {
      const found = sockets.of(last.netns, last);
      if (found?.id === sock) return found;
      if (last.kind === 'time-wait' || (last.kind === 'state' && last.to === 'CLOSE')) return null;
    }
    let looked = 0;
    for (const one of sockets.values()) {
      if (++looked % SLICE === 0) await breath();
      if (one.id === sock) return one;
    }
    return null;
  }

  #observer(): Status['observer'] {
    const { pipeline, meter } = this.#options;
    const { records, holdNs } = pipeline.waiting;
    const order = { waiting: records, holdMs: holdNs / 1e6 };
    // Who is served is known to whoever serves, see sinks/with-live.ts.
    return { ...meter.cost, order, live: null, share: pipeline.state.share };
  }

  #byState(): Status['sockets']['byState'] {
    const { pipeline } = this.#options;
    const counts: Status['sockets']['byState'] = {};
    for (const state of TCP_STATES) counts[state] = pipeline.sockets.count(state);
    let timeWait = 0;
    for (const netns of pipeline.timeWait.namespaces()) timeWait += pipeline.timeWait.population(netns, pipeline.nowNs).timeWait;
    counts.TIME_WAIT = timeWait;
    return counts;
  }

  /** Ours beside the kernel's, over the same namespaces: those whose own count was read. */
  #timeWait(): Status['timeWait'] {
    const { timeWait: ledger, nowNs } = this.#options.pipeline;
    const sum: Status['timeWait'] = { inferred: 0, kernel: null, orphanFinWait2: 0 };
    for (const netns of ledger.namespaces()) {
      const { timeWait, finWait2, kernel } = ledger.population(netns, nowNs);
      if (kernel === null) continue;
      sum.inferred += timeWait;
      sum.orphanFinWait2 += finWait2;
      sum.kernel = (sum.kernel ?? 0) + kernel;
    }
    return sum;
  }

  /** Moves the rate's window to the pipeline's present second. */
  #turn(): void {
    const second = Math.floor(this.#options.pipeline.nowNs / 1e9);
    const passed = second - this.#second;
    if (passed <= 0) return;
    const quiet = new Array<number>(Math.min(passed - 1, RATE_SECONDS)).fill(0);
    this.#seconds = [...quiet, this.#inSecond, ...this.#seconds].slice(0, RATE_SECONDS);
    this.#second = second;
    this.#inSecond = 0;
  }
}

function aGroup(pool: Pick<TimeWaitGroup, 'netns' | 'laddr' | 'raddr' | 'rport'>, ageMs: number): TimeWaitGroup {
  return { ...pool, count: 0, oldestMs: ageMs, newestMs: ageMs, ages: new Array<number>(TIME_WAIT_AGES).fill(0) };
}

function connectionOf(sock: Sock, netnsName: string | null): Connection {
  const { id, netns, laddr, lport, raddr, rport, state, sinceNs, pid, comm, owner, origin, probe, retransmits } = sock;
  return {
    sock: id,
    netns,
    family: familyOf(laddr),
    laddr,
    lport,
    raddr,
    rport,
    state,
    sinceNs: Number.isNaN(sinceNs) ? null : String(Math.round(sinceNs)),
    pid,
    comm,
    owner,
    netnsName,
    origin,
    probe,
    retransmits,
  };
}
