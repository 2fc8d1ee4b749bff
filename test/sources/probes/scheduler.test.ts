import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeSettingsIn } from '../../../src/config/probe-settings.ts';
import { parseTarget } from '../../../src/config/probe-target.ts';
import type { ProbeAttempt, ProbeStanding } from '../../../src/core/model/probe.ts';
import { LoopWatch } from '../../../src/sources/probes/loop-watch.ts';
import { Pool } from '../../../src/sources/probes/pool.ts';
import { Scheduler } from '../../../src/sources/probes/scheduler.ts';
import { until } from '../../lab/until.ts';
import { Answering, openSockets } from './asking.ts';

let watch: LoopWatch;
let pool: Pool;

beforeEach(() => {
  watch = new LoopWatch();
  pool = new Pool();
});

afterEach(async () => {
  watch[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

interface Made extends ProbeStanding {
  readonly attempt: ProbeAttempt;
}

function schedule(texts: readonly string[], settings: ProbeSettingsIn, count: number | null, atOnce = 500) {
  const made: Made[] = [];
  const targets = texts.map((text) => parseTarget(text, settings));
  const scheduler = new Scheduler({
    ...{ targets, count, watch, pool, atOnce },
    onAttempt: (attempt, standing) => made.push({ attempt, ...standing }),
  });
  return { scheduler, made };
}

/** Redis servers, one a loopback address; their URLs. */
async function onHosts(stack: AsyncDisposableStack, hosts: number, answer: (socket: Socket) => void): Promise<string[]> {
  const urls: string[] = [];
  for (let at = 1; at <= hosts; at++) {
    const server = stack.use(await Answering.by(answer, `127.0.2.${at}`));
    urls.push(`redis://127.0.2.${at}:${server.port}`);
  }
  return urls;
}

/** Takes 5 ms for a PONG, and counts how many wait for one at the same time. */
function counting() {
  let inside = 0;
  let most = 0;
  const answer = (socket: Socket): void => {
    inside += 1;
    most = Math.max(most, inside);
    socket.once('close', () => {
      inside -= 1;
    });
    socket.once('data', () => setTimeout(() => socket.end('+PONG\r\n'), 5));
  };
  return { most: () => most, answer };
}

describe('the scheduler', () => {
  it('starts a target at its interval, without adding lateness up', async () => {
    await using server = await Answering.by(() => undefined);
    const { scheduler, made } = schedule([`tcp://127.0.0.1:${server.port}`], { every: '20ms' }, 5);
    await scheduler.run();
    const planned = made.map(({ attempt }) => attempt.plannedNs);
    const steps = planned.slice(1).map((ns, at) => (ns - (planned[at] ?? 0)) / 20e6);
    // A step may be left out on a busy machine; none is moved.
    for (const step of steps) expect(step).toBeCloseTo(Math.round(step), 6);
    expect(made.map(({ attempt }) => attempt.attempt)).toEqual([1, 2, 3, 4, 5]);
    for (const { attempt } of made) expect(Number(attempt.moments.called)).toBeGreaterThanOrEqual(attempt.plannedNs - 1e6);
  });

  it('spreads first starts over the interval', async () => {
    await using server = await Answering.by(() => undefined);
    const texts = Array.from({ length: 50 }, (_, at) => `tcp://127.0.1.${at + 1}:${server.port}`);
    const { scheduler, made } = schedule(texts, { every: '100ms' }, 1);
    await scheduler.run();
    const planned = made.map(({ attempt }) => attempt.plannedNs).sort((a, b) => a - b);
    for (const [at, ns] of planned.entries()) expect((ns - (planned[0] ?? 0)) / 1e6).toBeCloseTo(at * 2, 3);
  });

  it('has no more attempts at once than it may', async () => {
    const { most, answer } = counting();
    await using hosts = new AsyncDisposableStack();
    const urls = await onHosts(hosts, 24, answer);
    const { scheduler, made } = schedule(urls, { every: '10ms' }, 1, 5);
    await scheduler.run();
    expect(made.map(({ attempt }) => attempt.failure)).toEqual(Array(24).fill(null));
    expect(most()).toBeGreaterThan(1);
    // The server may see a client leave after the next has come.
    expect(most()).toBeLessThanOrEqual(10);
  });

  it('has one attempt to a host at a time', async () => {
    const { most, answer } = counting();
    await using server = await Answering.by(answer);
    const urls = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `redis://${name}@127.0.0.1:${server.port}`);
    await schedule(urls, { every: '10ms' }, 1).scheduler.run();
    expect(server.accepted).toBe(6);
    expect(most()).toBeLessThanOrEqual(2);
  });

  it('sends one compensating probe at once when two in a row miss, with the same request id', async () => {
    let answers = 0;
    await using server = await Answering.by((socket) =>
      socket.once('data', () => {
        answers += 1;
        if (answers > 2) socket.write('+PONG\r\n');
      }),
    );
    const { scheduler, made } = schedule([`redis://127.0.0.1:${server.port}`], { every: '10ms', timeout: '60ms' }, 3);
    await scheduler.run();
    expect(made.map(({ attempt, suspect }) => [attempt.reason, attempt.failure?.cause ?? 'alive', suspect])).toEqual([
      ['scheduled', 'no-answer', false],
      ['scheduled', 'no-answer', true],
      ['compensating', 'alive', false],
      ['scheduled', 'alive', false],
    ]);
    const ids = made.map(({ attempt }) => attempt.requestId);
    expect(ids[2]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
  });

  it('stops at once, whatever is under way, and leaves no socket', async () => {
    await using hosts = new AsyncDisposableStack();
    let accepted = 0;
    const urls = await onHosts(hosts, 20, (socket) => {
      accepted += 1;
      socket.resume();
    });
    const { scheduler, made } = schedule(urls, { every: '20ms', timeout: '1m' }, null);
    const ended = scheduler.run();
    await until('all have connected', () => accepted === 20);
    const before = performance.now();
    scheduler.stop();
    await ended;
    expect(performance.now() - before).toBeLessThan(1000);
    expect(made).toEqual([]);
  });
});
