import { expect, it } from 'vitest';
import type { GapEvent, StateEvent } from '../../../src/core/model/event.ts';
import type { TcpState } from '../../../src/core/model/tcp-state.ts';
import { SocketTracks } from '../../../src/export/perfetto/sockets.ts';
import { TraceWriter } from '../../../src/export/perfetto/trace-writer.ts';
import { attemptAt, laneOf, probeEventOf } from '../../core/attempts.ts';
import { decode } from './decoded.ts';
import { exported, FROM } from './exported.ts';

const state = (seq: number, ms: number, from: TcpState, to: TcpState, more: Partial<StateEvent> = {}): StateEvent => ({
  ...{ kind: 'state', seq, ns: 1e9 + ms * 1e6, wallUs: 1.7e15 + ms * 1000, sock: 1, netns: 4026531840, family: 4 },
  ...{
    laddr: '10.0.0.1',
    lport: 40000,
    raddr: '10.0.0.2',
    rport: 80,
    pid: null,
    comm: null,
    owner: null,
    netnsName: null,
    probe: null,
    from,
    to,
  },
  ...{ dwellUs: null, sndUna: null, sndNxt: null, rcvNxt: null, srttUs: null, retransmits: null, origin: null, anomaly: null },
  ...more,
});

const gap = (seq: number, fromMs: number, toMs: number): GapEvent => ({
  ...{ kind: 'gap', seq, ns: 1e9 + toMs * 1e6, wallUs: 1.7e15, cause: 'buffer-full', lost: 3, shed: 0, what: null, parts: [] },
  ...{ fromNs: 1e9 + fromMs * 1e6, toNs: 1e9 + toMs * 1e6 },
});

const ms = (ns: number | null): number | null => (ns === null ? null : (ns - 1e9) / 1e6);

it('an attempt is two lanes that an arrow joins: the application’s phases within it, and what the kernel’s socket did meanwhile', () => {
  const attempt = attemptAt({
    called: 0,
    connectCalled: 1,
    submitted: 1.5,
    connected: 210,
    firstWrite: 211,
    firstByte: 220,
    done: 221,
    closeCalled: 222,
    closed: 224,
  });
  const kernel = laneOf({
    ...{ synSentNs: 1.002e9, establishedNs: 1.208e9, finSentNs: 1.222e9, closedNs: 1.223e9, timeWaitNs: 1.223e9, synRetransmits: 1 },
    resent: [{ ns: 1.2e9, what: 'syn', timer: 'rto', backoff: 1 }],
  });
  const { faults, slices, instants } = exported([probeEventOf(attempt, kernel, { seq: 5 })]);
  expect(faults).toEqual([]);
  const lane = (name: string) =>
    slices.filter(({ track }) => track.at(-1) === name).map((slice) => [slice.depth, slice.name, ms(slice.fromNs), ms(slice.toNs)]);
  expect(lane('application')).toEqual([
    [0, 'alive', 0, 224],
    [1, 'connect', 1, 210],
    [1, 'request', 211, 220],
    [1, 'answer', 220, 221],
    [1, 'close', 222, 224],
  ]);
  expect(lane('kernel')).toEqual([
    [0, 'handshake', 2, 208],
    [0, 'established', 208, 222],
    [0, 'closing', 222, 223],
  ]);
  expect(slices.filter(({ flows }) => flows.length > 0).map(({ name, flows }) => [name, ...flows])).toEqual([
    ['alive', 5],
    ['handshake', 5],
  ]);
  expect(instants.map((instant) => [instant.name, ms(instant.ns)])).toEqual([
    ['retransmit syn (rto)', 200],
    ['TIME_WAIT', 223],
  ]);
  expect(slices[0]?.track).toEqual(['here', 'probes', 'tcp://127.0.0.1:80', 'application']);
  expect(slices[0]?.args).toMatchObject({ seq: 5, attempt: 1, alive: true, mismatch: 'masked-loss', sock: 7 });
  expect(slices.find(({ name }) => name === 'connect')?.args).toMatchObject({
    driftNs: expect.any(Number),
    parts: expect.stringContaining('syn-retransmission'),
  });
});

it('an attempt that fails ends where it was given up, and says that nobody saw its kernel’s side', () => {
  const failure = { cause: 'silent', during: 'connect', code: null, words: 'nobody answers' } as const;
  const { slices } = exported([probeEventOf(attemptAt({ called: 0, connectCalled: 1, done: 1000 }, { failure, answer: null }))]);
  expect(slices.map((slice) => [slice.name, ms(slice.fromNs), ms(slice.toNs)])).toEqual([
    ['silent', 0, 1000],
    ['connect', 1, 1000],
  ]);
  expect(slices[0]?.args).toMatchObject({ alive: false, words: 'nobody answers', kernelUnseen: 'nobody looked' });
});

it('attempts at one target that overlap lie side by side under one name', () => {
  const attempts = [0, 50].map((called, at) =>
    probeEventOf(attemptAt({ called, done: called + 100 }, { attempt: at + 1 }), null, { seq: at + 1 }),
  );
  const { faults, slices } = exported(attempts);
  expect(faults).toEqual([]);
  expect(new Set(slices.map(({ uuid }) => uuid)).size).toBe(2);
  expect(new Set(slices.map(({ track }) => track.join('/'))).size).toBe(1);
});

it('a socket that outlives its attempt is followed to its end, also where only the end is told', () => {
  const attempt = attemptAt({ called: 0, connectCalled: 1, connected: 2, done: 3 });
  const told = (seq: number, update: 'lingering' | 'gone', goneNs: number | null, number = 1) =>
    probeEventOf({ ...attempt, attempt: number }, laneOf({ goneNs, state: 'FIN_WAIT2' }), { seq, update });
  const { faults, slices, instants } = exported([told(1, 'lingering', null), told(2, 'gone', 6e9), told(3, 'gone', 7e9, 2)]);
  expect(faults).toEqual([]);
  expect(slices.map(({ name, fromNs, toNs, endArgs }) => [name, ms(fromNs), ms(toNs), endArgs['endSeq']])).toEqual([
    ['lingering', 3, 5000, 2],
  ]);
  expect(instants.map(({ name, ns, args }) => [name, ms(ns), args['seq']])).toEqual([['gone', 6000, 3]]);
});

it('what was not seen is a slice for as long as nobody saw it, those of one time side by side', () => {
  const { faults, slices } = exported([gap(1, 0, 100), gap(2, 50, 150), gap(3, 100, 100)]);
  expect(faults).toEqual([]);
  expect(slices.map((slice) => [slice.name, ms(slice.fromNs), ms(slice.toNs), slice.args['lost']])).toEqual([
    ['buffer-full', 0, 100, 3],
    ['buffer-full', 50, 150, 3],
    ['buffer-full', 100, 100, 3],
  ]);
  expect(new Set(slices.map(({ uuid }) => uuid)).size).toBe(2);
});

it('a state whose beginning was not told begins where its length says, and where nothing says it, is not made up', () => {
  const { slices, instants } = exported([
    state(1, 100, 'ESTABLISHED', 'CLOSE_WAIT', { dwellUs: 60_000 }),
    state(2, 120, 'ESTABLISHED', 'CLOSE', { sock: 2, lport: 40001 }),
  ]);
  expect(slices.map((slice) => [slice.name, ms(slice.fromNs), ms(slice.toNs)])).toEqual([
    ['ESTABLISHED', 40, 100],
    ['CLOSE_WAIT', 100, null],
  ]);
  expect(instants.map(({ name, args }) => [name, args['from']])).toEqual([['CLOSE', 'ESTABLISHED']]);
});

it('a socket that never learns its port is told all the same, with a question mark', () => {
  const asked = { lport: 0, pid: 12, comm: 'client', origin: 'active' } as const;
  const { slices } = exported([state(1, 0, 'CLOSE', 'SYN_SENT', asked)]);
  expect(slices.map(({ name, track }) => [name, ...track.slice(2)])).toEqual([['SYN_SENT', 'client[12]', '10.0.0.1:? → 10.0.0.2:80']]);
});

it('what comes late is put behind what was told before, and says when it was', () => {
  const { faults, slices } = exported([
    state(1, 100, 'SYN_SENT', 'ESTABLISHED', { dwellUs: 1 }),
    state(2, 90, 'ESTABLISHED', 'FIN_WAIT1', { dwellUs: 1 }),
  ]);
  expect(faults).toEqual([]);
  expect(slices.at(-1)).toMatchObject({ name: 'FIN_WAIT1', fromNs: 1.1e9, args: { ns: 1.09e9 } });
});

it('only so many sockets are followed: the one that was quiet longest is let go, and its state ends there', () => {
  const trace = new TraceWriter();
  trace.clocks({ ...FROM, bootNs: null });
  const parent = trace.track({ name: 'sockets' });
  const tracks = new SocketTracks(trace, { parent, strays: parent, netns: 1, most: 2 });
  const begin = (seq: number, at: number, sock: number) => tracks.state(state(seq, at, 'LISTEN', 'SYN_RECV', { sock, rport: 1000 + sock }));
  begin(1, 0, 1);
  begin(2, 10, 2);
  tracks.state(state(3, 20, 'SYN_RECV', 'ESTABLISHED', { sock: 1, rport: 1001 }));
  begin(4, 30, 3);
  tracks.end();
  const { faults, slices } = decode(trace.take(true));
  expect(faults).toEqual([]);
  expect(slices.map(({ name, track, toNs, endArgs }) => [track.at(-1)?.slice(-4), name, ms(toNs), endArgs['end']])).toEqual([
    ['1001', 'SYN_RECV', 20, undefined],
    ['1002', 'SYN_RECV', 20, 'not followed further'],
    ['1001', 'ESTABLISHED', null, undefined],
    ['1003', 'SYN_RECV', null, undefined],
  ]);
});
