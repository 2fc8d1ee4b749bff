import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTarget } from '../../../src/config/probe-target.ts';
import type { DialledInput, ProbeInput } from '../../../src/core/model/input.ts';
import type { ProbeTarget } from '../../../src/core/model/target.ts';
import { Prober } from '../../../src/sources/probes/prober.ts';
import { until } from '../../lab/until.ts';
import { Answering } from './asking.ts';

let inputs: (DialledInput | ProbeInput)[];
let deaths: string[];

beforeEach(() => {
  inputs = [];
  deaths = [];
});

afterEach(() => expect(deaths.filter((reason) => !reason.includes('BigInt'))).toEqual([]));

function prober(targets: readonly ProbeTarget[], options: Partial<ConstructorParameters<typeof Prober>[0]> = {}): Prober {
  return new Prober({ targets, emit: (input) => inputs.push(input), onDeath: (reason) => deaths.push(reason), ...options });
}

function made(name?: string): ProbeInput[] {
  return inputs.filter((input): input is ProbeInput => input.type === 'probe' && (name === undefined || input.attempt.target === name));
}

const tcp = ({ port }: Answering, every = '20ms', host = '127.0.0.1') => parseTarget(`tcp://${host}:${port}`, { every });

describe('the probing thread', () => {
  it('tells each attempt, and before it both ends of its socket', async () => {
    await using server = await Answering.by(() => undefined);
    await using _prober = prober([tcp(server)]);
    await until('three attempts are made', () => made().length >= 3);
    const told = inputs.slice(0, 6);
    expect(told.map(({ type }) => type)).toEqual(['dialled', 'probe', 'dialled', 'probe', 'dialled', 'probe']);
    for (const [at, input] of told.entries()) {
      const result = told[at + 1];
      if (input.type !== 'dialled' || result?.type !== 'probe') continue;
      const { laddr, lport, raddr, rport, target, attempt, failure } = result.attempt;
      expect(input).toMatchObject({ laddr, lport, raddr, rport, target, attempt });
      expect(failure).toBe(null);
      expect(input.atNs).toBeLessThanOrEqual(result.atNs);
      expect(result.standing.health).not.toBe('dead');
    }
  });

  it('is not held up when this one is: what it measures is the network', async () => {
    await using server = await Answering.by(() => undefined);
    await using _prober = prober([tcp(server, '10ms')]);
    await until('it probes', () => made().length >= 5);
    const fromNs = Number(process.hrtime.bigint());
    const end = performance.now() + 1000;
    while (performance.now() < end);
    const toNs = Number(process.hrtime.bigint());
    await until('what it did meanwhile is told', () => made().some(({ attempt }) => Number(attempt.moments.called) > toNs));
    const within = made().filter(({ attempt }) => Number(attempt.moments.called) > fromNs && Number(attempt.moments.closed) < toNs);
    expect(within.length).toBeGreaterThan(20);
    const tookMs = within.map(({ attempt: { moments } }) => (Number(moments.connected) - Number(moments.connectCalled)) / 1e6);
    // Were it this loop, the first would have waited for hundreds of milliseconds.
    expect(tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length / 2)]).toBeLessThan(20);
  });

  it('follows other targets without losing the history of those that stay', async () => {
    await using server = await Answering.by(() => undefined);
    const [stays, goes, comes] = [tcp(server), tcp(server, '20ms', '127.0.0.2'), tcp(server, '20ms', '127.0.0.3')];
    await using one = prober([stays, goes]);
    await until('both are probed', () => made(stays.name).length >= 2 && made(goes.name).length >= 2);
    one.follow([stays, comes]);
    await until('the new one is probed', () => made(comes.name).length >= 2);
    const gone = made(goes.name).length;
    const stayed = made(stays.name).length;
    await until('the old one goes on', () => made(stays.name).length >= stayed + 5);
    expect(made(goes.name).length).toBeLessThanOrEqual(gone + 1);
    expect(made(stays.name).map(({ attempt }) => attempt.attempt)).toEqual(made(stays.name).map((_, at) => at + 1));
  });

  it('begins a target anew whose settings change, and counts its attempts on', async () => {
    await using server = await Answering.by(() => undefined);
    await using one = prober([tcp(server, '20ms')]);
    await until('it is probed', () => made().length >= 3);
    one.follow([tcp(server, '30ms')]);
    const before = made().length;
    await until('it is probed again', () => made().length >= before + 3);
    const numbers = made().map(({ attempt }) => attempt.attempt);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  });

  it('is started anew when it dies, says why, and goes on where it was', async () => {
    await using server = await Answering.by(() => undefined);
    const target = tcp(server);
    await using one = prober([target], { backOffMs: [20, 100] });
    await until('it is probed', () => made().length >= 3);
    // What no configuration lets through: arithmetic with it throws, at the start of every thread.
    one.follow([{ ...target, everyMs: 20n as never }]);
    await until('it died, and the next one too', () => one.state.deaths >= 2);
    expect(deaths[0]).toContain('BigInt');
    const before = Math.max(...made().map(({ attempt }) => attempt.attempt));
    expect(before).toBeGreaterThanOrEqual(3);
    one.follow([target]);
    await until('it probes again', () => made().length > before);
    expect(one.state.down).toBe(null);
  });

  it('stops at once, with no socket left, whatever is under way', async () => {
    await using everywhere = await Answering.by((socket) => socket.resume(), '0.0.0.0');
    const urls = Array.from({ length: 20 }, (_, at) => `redis://127.0.3.${at + 1}:${everywhere.port}`);
    const one = prober(urls.map((url) => parseTarget(url, { every: '50ms', timeout: '1m' })));
    await until('all wait for an answer', () => everywhere.sockets.size === 20);
    const before = performance.now();
    await one[Symbol.asyncDispose]();
    expect(performance.now() - before).toBeLessThan(1500);
    await Promise.all([...everywhere.sockets].map((socket) => once(socket, 'close')));
    expect(made()).toEqual([]);
  });

  it('tells no more than fits where nobody takes it, and counts what it left out', async () => {
    await using server = await Answering.by(() => undefined);
    await using one = prober([tcp(server, '10ms')], { maxWaiting: 3 });
    await until('it probes', () => made().length >= 2);
    const end = performance.now() + 300;
    while (performance.now() < end);
    await until('it says so', () => one.state.untold > 0);
    expect(one.state.untold).toBeGreaterThan(5);
  });
});
