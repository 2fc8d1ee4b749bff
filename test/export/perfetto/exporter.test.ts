import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../../src/commands/capture-events.ts';
import { exportCapture } from '../../../src/commands/export.ts';
import type { Event } from '../../../src/core/model/event.ts';
import { openCapture } from '../../../src/sources/replay/capture-file.ts';
import { event as anyEvent } from '../../formats/arbitrary.ts';
import { captureOf, goldens } from '../../lab/golden.ts';
import { Folder } from '../../sinks/capture/made.ts';
import { type Decoded, decode } from './decoded.ts';
import { exported, numbersIn } from './exported.ts';

const DEMO = fileURLToPath(new URL('../../../src/sources/replay/demo.capture', import.meta.url));

async function traceOf(file: string): Promise<Decoded> {
  using folder = new Folder();
  const out = folder.file('trace');
  await exportCapture({ file, to: 'perfetto', out, stdout: process.stdout, terminal: null, stop: { asked: false }, say: () => undefined });
  return decode(readFileSync(out));
}

async function eventsIn(file: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const some of eventsOf(await openCapture(file))) events.push(...some);
  return events;
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const counted = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('a trace', { timeout: 60_000 }, () => {
  it.each(goldens())('of %s is what Perfetto’s own schema says, in order, and holds each event once', async (name) => {
    const file = captureOf(name);
    const trace = await traceOf(file);
    expect(trace.faults).toEqual([]);
    expect(sorted(numbersIn(trace))).toEqual(counted(1, (await eventsIn(file)).length));
  });

  it('of any events is what the schema says, whatever the processes call themselves and however times jump', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (made) => {
        const events = made.map((event, at) => ({ ...event, seq: at + 1 }));
        const trace = exported(events);
        expect(trace.faults).toEqual([]);
        expect(sorted(numbersIn(trace))).toEqual(counted(1, events.length));
      }),
      { numRuns: 60 },
    );
  });

  it('tells by UTC and by the boot clock what it tells by CLOCK_MONOTONIC', async () => {
    const { clocks, slices } = await traceOf(DEMO);
    expect(new Set(clocks.map(({ primary }) => primary))).toEqual(new Set(['BUILTIN_CLOCK_MONOTONIC']));
    const last = clocks.at(-1)?.at ?? new Map<number, number>();
    const [real = Number.NaN, monotonic = Number.NaN, boot = Number.NaN] = [1, 3, 6].map((clock) => last.get(clock));
    // This machine has never slept.
    expect(Math.abs(boot - monotonic)).toBeLessThan(1e9);
    const events = await eventsIn(DEMO);
    for (const { args, fromNs } of slices.filter((slice) => slice.track[1] === 'sockets' && slice.args['seq'] !== undefined)) {
      const event = events[Number(args['seq']) - 1];
      // Within what the wall clock was moved in the capture's two minutes.
      expect(Math.abs((real + fromNs - monotonic) / 1000 - (event?.wallUs ?? 0))).toBeLessThan(10_000);
    }
  });
});

describe('a socket', { timeout: 60_000 }, () => {
  it('has a track under its process, its states one behind the other, and a SYN that was sent again as an instant in its state', async () => {
    const { slices, instants } = await traceOf(captureOf('syn-lost-once'));
    const client = slices.filter(({ track }) => track[2]?.startsWith('client[') === true);
    expect(client.map(({ name, depth }) => [name, depth])).toEqual([
      ['SYN_SENT', 0],
      ['ESTABLISHED', 0],
    ]);
    const [syn, established] = client;
    expect(syn?.track[1]).toBe('sockets');
    // The port that SYN_SENT did not know yet is in the track's name.
    expect(syn?.track[3]).toMatch(/^10\.\d+\.\d+\.1:[1-9]\d* → 10\.\d+\.\d+\.2:[1-9]\d*$/);
    expect(((syn?.toNs ?? 0) - (syn?.fromNs ?? 0)) / 1e9).toBeGreaterThan(0.9);
    expect(established).toMatchObject({ fromNs: syn?.toNs, toNs: null, args: { from: 'SYN_SENT' } });
    const again = instants.filter(({ track }) => track[3] === syn?.track[3]);
    expect(again.map(({ name, args }) => [name, args['backoff']])).toEqual([['retransmit syn (rto)', 1]]);
    expect(again[0]?.ns).toBeGreaterThan(syn?.fromNs ?? 0);
    expect(again[0]?.ns).toBeLessThan(syn?.toNs ?? 0);
  });

  it('is in TIME_WAIT until it leaves, behind its CLOSE', async () => {
    const file = captureOf('time-wait-build-up');
    const { slices, instants } = await traceOf(file);
    const told = (await eventsIn(file)).filter((event) => event.kind === 'time-wait' && event.sock !== null);
    const waits = slices.filter(({ name }) => name === 'TIME_WAIT');
    expect(waits).toHaveLength(told.filter((event) => event.kind === 'time-wait' && event.phase === 'enter').length);
    const [one] = waits;
    const close = instants.find(({ name, track }) => name === 'CLOSE' && track.join() === one?.track.join());
    expect(close?.ns).toBe(one?.fromNs);
  });
});

describe('what was found', { timeout: 60_000 }, () => {
  it('is a slice from when it began to when it was over, with its evidence, and each update an instant in it', async () => {
    const { slices, instants } = await traceOf(DEMO);
    const events = (await eventsIn(DEMO)).filter((event) => event.kind === 'finding');
    const found = slices.filter(({ track }) => track[1] === 'findings');
    expect(found).toHaveLength(new Set(events.map(({ id }) => id)).size);
    expect(instants.filter(({ track }) => track[1] === 'findings')).toHaveLength(events.filter(({ phase }) => phase === 'update').length);
    for (const { args, name, fromNs, toNs, track } of found) {
      const open = events.find(({ id }) => id === args['id']);
      expect(name).toBe(`${open?.detector}: ${open?.summary}`);
      expect(track[2]).toBe(open?.detector);
      expect(args['evidence 1']).toBe(open?.evidence[0]?.words);
      expect(args['foundNs']).toBe(Math.round(open?.ns ?? 0));
      expect(fromNs).toBeLessThanOrEqual(open?.ns ?? 0);
      expect(toNs !== null).toBe(events.some(({ id, phase }) => id === args['id'] && phase === 'resolved'));
    }
  });

  it('stands beside curves of what there was, each told only when it has changed', async () => {
    const { counters } = await traceOf(DEMO);
    const curve = (name: string): number[] => counters.filter(({ track }) => track[2] === name).map(({ value }) => value);
    expect(Math.max(...curve('sockets'))).toBeGreaterThan(20);
    expect(Math.max(...curve('TIME_WAIT, our ledger'))).toBeGreaterThan(20);
    expect(curve('records lost')).toEqual([0]);
    const events = curve('events per second');
    expect(Math.max(...events)).toBeGreaterThan(10);
    expect(events.some((value, at) => value === events[at + 1])).toBe(false);
  });
});
