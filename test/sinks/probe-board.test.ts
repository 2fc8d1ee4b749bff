import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseTarget } from '../../src/config/probe-target.ts';
import type { ProbeEvent } from '../../src/core/model/event.ts';
import type { Moment, ProbeAttempt } from '../../src/core/model/probe.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import { ProbeDetail, ProbePage, Probing } from '../../src/formats/probes.ts';
import { ProbeBoard, type Wanted } from '../../src/sinks/probe-board.ts';
import { ProbeMetrics } from '../../src/sinks/probe-metrics.ts';
import { probeSeries } from '../../src/sinks/probe-series.ts';
import { attemptAt, laneOf, probeEventOf } from '../core/attempts.ts';

const A = parseTarget('tcp://10.0.0.1:80', {});
const B = parseTarget('redis://10.0.0.2:6379', { every: '5s' });

const EVERY: Partial<Record<Moment, number>> = {
  called: 1,
  connectCalled: 1,
  submitted: 1.1,
  connected: 2,
  done: 2,
  closeCalled: 2,
  closed: 3,
};

function attempted(
  target: typeof A | typeof B,
  attempt: number,
  more: Partial<ProbeAttempt> = {},
  event: Partial<ProbeEvent> = {},
): ProbeEvent {
  const { name, protocol, host, port } = target;
  return probeEventOf(attemptAt(EVERY, { target: name, protocol, attempt, raddr: host, rport: port, ...more }), null, event);
}

const refused = { cause: 'refused', during: 'connect', code: 'ECONNREFUSED', words: 'nobody listens' } as const;
const dead = { health: 'dead', suspect: false, misses: 3 } as const;
const everything: Wanted = { filter: parseFilter(''), healths: [], limit: 1000, after: 0 };

let board: ProbeBoard;

beforeEach(() => {
  board = new ProbeBoard('web-1');
  board.follow([A, B]);
});

describe('the board of probes', () => {
  it('knows a target before its first attempt, and what its attempts came to', () => {
    board.accept([
      attempted(A, 1),
      attempted(A, 2, { failure: refused, moments: attemptAt({ called: 1, closed: 2 }).moments }, { standing: dead }),
    ]);
    const page = board.list(everything);
    expect(ProbePage.parse(page)).toEqual(page);
    expect(page).toMatchObject({ total: 2, next: null });
    expect(page.probes).toMatchObject([
      {
        ...{ target: A.name, health: 'dead', misses: 3, attempts: 2, failures: 1, connections: { opened: 1, reused: 0, closed: 1 } },
        last: { attempt: 2, alive: false, cause: 'refused', words: 'nobody listens', roundTripMs: null },
        roundTripMs: { mean: 1, max: 1 },
      },
      { target: B.name, protocol: 'redis', everyMs: 5000, health: 'new', attempts: 0, last: null, roundTripMs: { mean: null, max: null } },
    ]);
    expect(Probing.parse(board.status)).toMatchObject({ targets: 2, attempts: 2, byHealth: { dead: 1, new: 1, healthy: 0 }, down: null });
  });

  it('is asked by FILTER, by health, and page by page', () => {
    board.accept([attempted(A, 1), attempted(B, 1, {}, { standing: dead })]);
    const targets = (wanted: Partial<Wanted>) => board.list({ ...everything, ...wanted }).probes.map(({ target }) => target);
    expect(targets({ filter: parseFilter('rport=6379') })).toEqual([B.name]);
    expect(targets({ filter: parseFilter('addr=10.0.0.1') })).toEqual([A.name]);
    expect(targets({ healths: ['dead'] })).toEqual([B.name]);
    const first = board.list({ ...everything, limit: 1 });
    expect(first).toMatchObject({ total: 2, probes: [{ target: A.name }], next: 1 });
    expect(board.list({ ...everything, limit: 1, after: 1 })).toMatchObject({ probes: [{ target: B.name }], next: null });
  });

  it('keeps the last attempts, newest first, and what is said later of one in its place', () => {
    board.accept([1, 2, 3].map((attempt) => attempted(A, attempt)));
    const lane = laneOf({ establishedNs: 1.0021e9 });
    board.accept([{ ...attempted(A, 2), update: 'lingering', kernel: lane, unseen: null, sock: 7, netns: 4026531840 }]);
    const detail = board.detail(A.name);
    expect(ProbeDetail.parse(detail)).toEqual(detail);
    expect(detail?.attempts.map(({ attempt, update }) => [attempt, update])).toEqual([
      [3, null],
      [2, 'lingering'],
      [1, null],
    ]);
    expect(detail?.probe.attempts).toBe(3);
    expect(board.detail('tcp://nobody:1')).toBe(null);
  });

  it('keeps no more than a hundred of one, and fewer of each where there are many', () => {
    for (let attempt = 1; attempt <= 150; attempt++) board.accept([attempted(A, attempt)]);
    expect(board.detail(A.name)?.attempts.length).toBe(100);
    board.follow([A, ...Array.from({ length: 9999 }, (_, at) => ({ ...B, name: `redis://10.1.${at >> 8}.${at & 255}` }))]);
    expect(board.detail(A.name)?.attempts.map(({ attempt }) => attempt)).toEqual([150, 149]);
    expect(board.detail(A.name)?.probe.attempts).toBe(150);
  });

  it('follows other targets: those that stay as they were keep their history, the others begin anew', () => {
    board.accept([attempted(A, 1), attempted(B, 1)]);
    const C = parseTarget('tcp://10.0.0.3:80', {});
    board.follow([A, parseTarget('redis://10.0.0.2:6379', { every: '6s' }), C]);
    expect(board.list(everything).probes.map(({ id, target, attempts }) => [id, target, attempts])).toEqual([
      [1, A.name, 1],
      [3, B.name, 0],
      [4, C.name, 0],
    ]);
    board.follow([]);
    board.accept([attempted(A, 2)]);
    expect(board.list(everything)).toMatchObject({ total: 0, probes: [] });
  });
});

describe('the metrics of probes', () => {
  const text = async (events: readonly ProbeEvent[]): Promise<string[]> => {
    const registry = new Registry();
    const metrics = new ProbeMetrics(registry, board);
    board.accept(events);
    metrics.accept(events);
    return `${await registry.metrics()}${await probeSeries(board)}`.split('\n');
  };
  const OF_A = `target="${A.name}",protocol="tcp"`;

  it('tell of each target whether it is up, how long its phases took, and how much of that the kernel does not know', async () => {
    const attempt = attemptAt(EVERY, { target: A.name });
    // 0.9 ms of the 1 ms that connect took are the kernel's.
    const event = probeEventOf(attempt, laneOf({ synSentNs: 1.00105e9, establishedNs: 1.00195e9, synRetransmits: 2 }));
    const lines = await text([event]);
    expect(lines).toEqual(
      expect.arrayContaining([
        `synoptic_probe_up{${OF_A}} 1`,
        `synoptic_probe_duration_seconds{${OF_A},phase="connect"} 0.001`,
        `synoptic_probe_syn_retransmits_total{${OF_A}} 2`,
        'synoptic_probe_phase_seconds_count{protocol="tcp",phase="connect"} 1',
        'synoptic_probe_targets{health="healthy"} 1',
        'synoptic_probe_targets{health="new"} 1',
      ]),
    );
    const drift = lines.find((line) => line.startsWith(`synoptic_probe_drift_seconds{${OF_A},phase="connect"}`));
    expect(Number(drift?.split(' ')[1])).toBeCloseTo(0.0001, 6);
    // Nothing is said of what was never asked.
    expect(lines.filter((line) => line.includes(`synoptic_probe_up{target="${B.name}"`))).toEqual([]);
  });

  it('stay one line each whatever a target is called', async () => {
    const target = { ...A, name: 'tcp://a"} 1\nforged{x="\\' };
    board.follow([target]);
    const lines = await text([attempted(target, 1)]);
    expect(lines.filter((line) => line.startsWith('forged'))).toEqual([]);
    expect(lines).toContain('synoptic_probe_up{target="tcp://a\\"} 1\\nforged{x=\\"\\\\",protocol="tcp"} 1');
  });

  it('count failures by cause, and no attempt twice', async () => {
    const failed = attempted(A, 1, { failure: refused });
    const lines = await text([failed, { ...failed, update: 'lingering' }, { ...failed, update: 'gone' }]);
    expect(lines).toEqual(
      expect.arrayContaining([
        `synoptic_probe_up{${OF_A}} 0`,
        `synoptic_probe_attempts_total{${OF_A}} 1`,
        `synoptic_probe_failures_total{${OF_A},cause="refused"} 1`,
        'synoptic_probe_start_delay_seconds_count 1',
      ]),
    );
  });

  it('follow a pooled connection from its opening, over its idle time, to its end', async () => {
    const beat = (
      attempt: number,
      ms: Partial<Record<Moment, number>>,
      replaced: string | null,
      reused: boolean,
      openedNs = 1.002e9,
    ): ProbeEvent => attempted(A, attempt, { moments: attemptAt(ms).moments, pooled: { reused, openedNs, beat: attempt, replaced } });
    const lines = await text([
      beat(1, { called: 1, connected: 2, done: 3 }, null, false),
      beat(2, { called: 1003, done: 1004 }, null, true),
      beat(3, { called: 2000, connected: 2001, done: 2002 }, '2 beats in a row were not answered', false),
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        `synoptic_probe_connections_opened_total{${OF_A}} 2`,
        `synoptic_probe_connections_reused_total{${OF_A}} 1`,
        `synoptic_probe_connections_closed_total{${OF_A}} 1`,
        'synoptic_probe_connection_idle_seconds_sum{protocol="tcp"} 1',
        'synoptic_probe_connection_idle_seconds_count{protocol="tcp"} 1',
      ]),
    );
  });
});
