import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/model/event.ts';
import type { Input, SampledSocket } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { about, canary, counters, flight, heartbeat, kernel, kinds, MS, ready, run, start, T0, tick, up } from './inputs.ts';
import { cut, print, transition } from './lines.ts';
import { LOOPBACK, linesAbout, NETNS, nsOf } from './recorded.ts';

describe('readiness', () => {
  it('comes with the canary seen on both sides, and by nothing else', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    run([up(), kernel(T0 + MS, 'Attaching 17 probes...', heartbeat(T0)), tick(T0 + 2 * MS)], pipeline);
    expect(pipeline.state.phase).toBe('starting');
    const [seen, told] = ready(T0 + 5 * MS);
    if (seen !== undefined) run([seen], pipeline);
    expect(pipeline.state.phase).toBe('starting');
    if (told !== undefined) run([told], pipeline);
    expect(pipeline.state.phase).toBe('observing');
    expect(pipeline.clock.errorNs).toBeLessThan(2.1 * MS);
  });

  it('comes whichever side is told first, and marks the canary as ours', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const events = run([up(), ...ready(T0 + 5 * MS).toReversed(), tick(T0 + 90 * MS)], pipeline);
    expect(pipeline.state.phase).toBe('observing');
    expect(events.map((event) => ('probe' in event ? event.probe : null))).toEqual(['canary', 'canary']);
  });

  it('is not given by a stranger’s connection to the same port elsewhere', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const strange = flight(T0, 5, { netns: 77 });
    const far = flight(T0, 5, { raddr: '10.0.0.9' });
    run([up(), kernel(T0 + MS, ...strange, ...far), canary(5, T0 - MS, T0 + MS)], pipeline);
    expect(pipeline.state.phase).toBe('starting');
  });
});

describe('sleep', () => {
  it('is told, and does not shift what happened before it', () => {
    const sleep = 3600e9;
    const at = T0 + 30 * MS;
    const record = print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: at, netns: NETNS }));
    const events = run([up(), ...ready(T0 + 5 * MS), kernel(at + MS, record), kernel(at + 2 * MS, heartbeat(at + 1.5 * MS + sleep))]);
    expect(events.find((event) => event.kind === 'state' && event.raddr === '10.0.0.2')?.ns).toBeCloseTo(at, -3);
    expect(events.at(-1)).toMatchObject({ kind: 'gap', cause: 'suspended', lost: 0, what: 'slept for 1 h 00 min by CLOCK_BOOTTIME' });
  });
});

describe('skips and shortfalls', () => {
  it('tells skips as they grow, anew for each bpftrace', () => {
    const skipped = (atMs: number, total: number): Input => ({ type: 'skipped', atNs: T0 + atMs * MS, total });
    const events = run([up(), skipped(10, 3), skipped(20, 3), skipped(30, 5), up(T0 + 40 * MS), skipped(55, 1)]);
    const told = events.map((event) => (event.kind === 'gap' ? [event.lost, (event.fromNs - T0) / MS, (event.toNs - T0) / MS] : null));
    expect(told).toEqual([
      [3, 0, 10],
      [2, 20, 30],
      [1, 40, 55],
    ]);
  });

  it('tells what the kernel’s own statistics saw and no hook', () => {
    const events = run([
      up(),
      ...ready(T0 + 5 * MS),
      ...[10, 11, 12].flatMap((s) => [counters(T0 + s * 1e9, s === 10 ? 7 : 9), tick(T0 + s * 1e9 + 40 * MS)]),
    ]);
    expect(events.filter((event) => event.kind === 'gap')).toMatchObject([
      { cause: 'unseen', lost: 2, what: 'state LISTEN→SYN_RECV', fromNs: T0 + 10e9, toNs: T0 + 12e9 },
    ]);
  });
});

describe('what is counted for those who must know how busy it is', () => {
  it('is every line of every bpftrace, and what waits to be put in order', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const opens = print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + 4 * MS, netns: NETNS }));
    run([up(), kernel(T0 + 5 * MS, '@sent: 1', opens)], pipeline);
    expect([pipeline.lines, pipeline.waiting]).toEqual([2, { records: 1, holdNs: 15 * MS, dueNs: T0 + 39 * MS }]);
    run([{ type: 'kernel-down', atNs: T0 + 6 * MS, reason: 'killed' }, up(T0 + 500 * MS)], pipeline);
    expect([pipeline.lines, pipeline.waiting.records]).toEqual([2, 0]);
    run([kernel(T0 + 900 * MS, heartbeat(T0 + 600 * MS), opens.replace(/^S \w+/, `S ${(T0 + 600 * MS).toString(16)}`))], pipeline);
    expect(pipeline.lines).toBe(4);
    // It came 300 ms late, so others may.
    expect(pipeline.waiting).toEqual({ records: 1, holdNs: 375 * MS, dueNs: T0 + 995 * MS });
    run([{ type: 'kernel-down', atNs: T0 + 901 * MS, reason: 'killed' }, up(T0 + 950 * MS)], pipeline);
    expect(pipeline.waiting.holdNs).toBe(15 * MS);
  });
});

describe('the name of a thread', () => {
  it('is known for as long as its bpftrace runs: another one must say it again', () => {
    const opens = (ns: number, skaddr: number) =>
      print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns, skaddr, netns: NETNS, pid: 7, comm: 'curl' })).split('\n');
    const [named = '', first = ''] = opens(T0 + MS, 1);
    const [, second = ''] = opens(T0 + 2 * MS, 2);
    const [, third = ''] = opens(T0 + 600 * MS, 3);
    const down: Input = { type: 'kernel-down', atNs: T0 + 400 * MS, reason: 'killed' };
    const events = run([
      up(),
      kernel(T0 + 3 * MS, named, first, second),
      down,
      up(T0 + 500 * MS),
      kernel(T0 + 601 * MS, third),
      tick(T0 + 1e9),
    ]);
    expect(events.flatMap((event) => (event.kind === 'state' ? [[event.pid, event.comm]] : []))).toEqual([
      [7, 'curl'],
      [7, 'curl'],
      [7, null],
    ]);
  });
});

describe('the recorded connections', () => {
  it('whole: ten transitions of two sockets, the listener’s two, and TIME_WAIT at the active closer', () => {
    const events = about(34931);
    expect(kinds(events)).toEqual([
      'CLOSE→LISTEN',
      'CLOSE→SYN_SENT',
      'SYN_SENT→ESTABLISHED',
      'LISTEN→SYN_RECV',
      'SYN_RECV→ESTABLISHED',
      'ESTABLISHED→FIN_WAIT1',
      'ESTABLISHED→CLOSE_WAIT',
      'CLOSE_WAIT→LAST_ACK',
      'FIN_WAIT1→FIN_WAIT2',
      'FIN_WAIT2→CLOSE',
      'time-wait',
      'LAST_ACK→CLOSE',
      'LISTEN→CLOSE',
    ]);
    expect(events[10]).toMatchObject({ phase: 'enter', lport: 55758, comm: 'python3', inferred: true });
  });

  it('refused: the error has its socket and owner, though the kernel reports it after CLOSE', () => {
    const events = about(39293);
    expect(events.find((event) => event.kind === 'socket-error')).toMatchObject({ errno: 'ECONNREFUSED', comm: 'python3', lport: 36652 });
    expect(events.filter((event) => event.kind === 'reset').map(({ reason, direction }) => [direction, reason])).toEqual([
      ['sent', 'NO_SOCKET'],
      ['received', null],
    ]);
    expect(events.find((event) => event.kind === 'drop')).toMatchObject({ reason: 'NO_SOCKET', direction: 'received', state: null });
  });

  it.each([
    [45675, 48654, 'its port given back by then'],
    [33733, 23456, 'its port bound'],
  ])('aborted in FIN_WAIT2 (port %i): nothing is left behind, and the RST is the socket’s, %s', (port, lport) => {
    const pipeline = new Pipeline(start, { maxSockets: 100 });
    const lines = linesAbout(port);
    const last = nsOf(lines.at(-1) ?? '');
    const events = run([up(), kernel(last + MS, ...lines), tick(last + 2000 * MS)], pipeline);
    expect(kinds(events)).toContain('FIN_WAIT2→CLOSE');
    expect([...pipeline.timeWait.values()]).toEqual([]);
    expect(kinds(events)).not.toContain('time-wait');
    expect(events.find((event) => event.kind === 'reset' && event.direction === 'sent')).toMatchObject({
      lport,
      rport: port,
      reason: 'TCP_STATE',
      comm: 'python3',
    });
  });

  it('orphaned in FIN_WAIT2: TIME_WAIT begins only with the late FIN', () => {
    const events = about(34613);
    const names = kinds(events);
    expect(names.filter((name) => name === 'time-wait')).toHaveLength(1);
    expect(names.indexOf('time-wait')).toBeGreaterThan(names.indexOf('CLOSE_WAIT→LAST_ACK'));
    expect(names).not.toContain('drop');
    expect(events.find((event) => event.kind === 'time-wait')).toMatchObject({ phase: 'enter', lport: 58790, comm: 'python3' });
  });
});

describe('an orphaned FIN_WAIT2 whose FIN another CPU took before its close was said', () => {
  it('is TIME_WAIT at once', () => {
    const lines = linesAbout(34613);
    const close = lines.findIndex((line) => /^[Ss] \w+ \w+ \w+57 /.test(line));
    const fin = lines.findIndex((line) => line.startsWith('D '));
    expect(fin).toBeGreaterThan(close);
    // The same records, but the FIN's stamp is a microsecond before the close's.
    const closeNs = nsOf(lines[close] ?? '');
    const raced = lines.map((line, at) => (at === fin ? line.replace(/^D \w+/, `D ${(closeNs - 1000).toString(16)}`) : line));
    const events = run([up(), kernel(closeNs + 500 * MS, ...raced), tick(closeNs + 2000 * MS)]);
    const entered = events.filter((event) => event.kind === 'time-wait');
    expect(entered).toHaveLength(1);
    expect(entered[0]).toMatchObject({ phase: 'enter', ns: closeNs, lport: 58790 });
  });
});

describe('TIME_WAIT', () => {
  const END = { from: 'FIN_WAIT2', to: 'CLOSE', finReceived: true, netns: NETNS } as const;
  const closed = () => kernel(T0 + 2 * MS, print(transition({ ...END, ns: T0 + MS })));
  const waits = (events: readonly Event[]) =>
    events.flatMap((event) => (event.kind === 'time-wait' ? [[event.phase, event.reusedBy === null ? 'alone' : 'reused']] : []));
  const ENTER = ['enter', 'alone'];

  it('ends by reuse at the server when a child is born, and at the client once the port is known', () => {
    const child = print(transition({ from: 'LISTEN', to: 'SYN_RECV', ns: T0 + 50 * MS, skaddr: 2, netns: NETNS }));
    expect(waits(run([up(), closed(), kernel(T0 + 51 * MS, child), tick(T0 + 99 * MS)]))).toEqual([ENTER, ['leave', 'reused']]);
    const asks = print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + 50 * MS, lport: 0, skaddr: 2, netns: NETNS }));
    const has = print(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: T0 + 51 * MS, skaddr: 2, netns: NETNS }));
    expect(waits(run([up(), closed(), kernel(T0 + 52 * MS, asks, has), tick(T0 + 99 * MS)]))).toEqual([ENTER, ['leave', 'reused']]);
  });

  it('is not ended by a bound socket that asks for the four-tuple and is refused, but by one whose SYN was answered', () => {
    const asks = print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + 50 * MS, skaddr: 2, netns: NETNS }));
    const fails = (err: number) => print(transition({ from: 'SYN_SENT', to: 'CLOSE', ns: T0 + 51 * MS, skaddr: 2, netns: NETNS, err }));
    expect(waits(run([up(), closed(), kernel(T0 + 52 * MS, asks, fails(0)), tick(T0 + 99 * MS)]))).toEqual([ENTER]);
    expect(waits(run([up(), closed(), kernel(T0 + 52 * MS, asks, fails(111)), tick(T0 + 99 * MS)]))).toEqual([ENTER, ['leave', 'reused']]);
  });

  it('ends with time', () => {
    expect(waits(run([up(), closed(), tick(T0 + 64e9), tick(T0 + 66e9)]))).toEqual([ENTER, ['leave', 'alone']]);
  });

  it('ends at an RST, and lasts longer by any other segment', () => {
    const segment = (flags: number, seq = 1) =>
      kernel(T0 + 30e9 + MS, `D ${(T0 + 30e9).toString(16)} ff 6 2 ${NETNS} 1 10.0.0.2 80 10.0.0.1 40000 ${seq} 1 ${flags}`);
    expect(waits(run([up(), closed(), segment(4), tick(T0 + 31e9)]))).toEqual([ENTER, ['leave', 'alone']]);
    expect(waits(run([up(), closed(), segment(16), tick(T0 + 66e9)]))).toEqual([ENTER]);
    // The kernel takes an RST for its own only exactly where it expects the next byte; another changes nothing, not even the 60 s.
    expect(waits(run([up(), closed(), segment(4, 2), tick(T0 + 31e9)]))).toEqual([ENTER]);
    expect(waits(run([up(), closed(), segment(4, 2), tick(T0 + 66e9)]))).toEqual([ENTER, ['leave', 'alone']]);
  });

  it('that was listed while its four-tuple was taken over does not come back', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const child = print(transition({ from: 'LISTEN', to: 'SYN_RECV', ns: T0 + 50 * MS, skaddr: 2, netns: NETNS }));
    const mini: SampledSocket = {
      laddr: '10.0.0.1',
      lport: 40000,
      raddr: '10.0.0.2',
      rport: 80,
      state: 'TIME_WAIT',
      pid: null,
      comm: null,
      remainingMs: 9,
    };
    const listing: Input = { type: 'sockets', fromNs: T0 + 40 * MS, atNs: T0 + 60 * MS, netns: NETNS, sockets: [mini] };
    run([up(), closed(), kernel(T0 + 51 * MS, child), listing, tick(T0 + 99 * MS)], pipeline);
    expect([...pipeline.timeWait.values()]).toEqual([]);
    expect(pipeline.sockets.size).toBe(1);
  });

  it('goes with its namespace', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    run([up(), closed(), counters(T0 + 30 * MS, 0, [NETNS + 1]), tick(T0 + 99 * MS)], pipeline);
    expect([...pipeline.timeWait.values()]).toEqual([]);
  });
});

describe('the same inputs', () => {
  const end = Math.max(
    ...LOOPBACK.split('\n')
      .filter((line) => line.startsWith('H '))
      .map(nsOf),
  );
  const around = (pieces: readonly string[]): Input[] => [
    up(),
    ...pieces.map((text): Input => ({ type: 'kernel', atNs: end, text })),
    canary(55758, 4958149541823, 4958149999999),
    tick(end),
    { type: 'kernel-down', atNs: end + MS, reason: 'over' },
  ];

  // Held until the end: pieces of one moment must not be told apart by what leaves between them.
  const replay = (pieces: readonly string[]) => run(around(pieces), new Pipeline(start, { maxSockets: 100, holdMs: 10_000 }));

  it('give the same events, however the kernel’s text is cut, with seq one up each', () => {
    const whole = replay([LOOPBACK]);
    expect(whole.length).toBeGreaterThan(80);
    expect(whole.map(({ seq }) => seq)).toEqual(whole.map((_, index) => index + 1));
    expect(replay([LOOPBACK])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (at) => {
        expect(replay(cut(LOOPBACK, at))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('lose nothing of a real recording: its counters equal its records', () => {
    expect(replay([LOOPBACK]).filter((event) => event.kind === 'gap')).toEqual([]);
  });

  it('throw nothing, whatever the kernel says', () => {
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...LOOPBACK.split('\n')).map((line) => `${line}\n`),
    );
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 40 }), (texts) => {
        const events = run([up(), ...texts.map((text, at): Input => ({ type: 'kernel', atNs: T0 + at * 10 * MS, text })), tick(T0 + 1e9)]);
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      }),
      { numRuns: 300 },
    );
  });
});
