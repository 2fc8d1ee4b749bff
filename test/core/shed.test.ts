import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/model/event.ts';
import type { Input } from '../../src/core/model/input.ts';
import type { TcpState } from '../../src/core/model/tcp-state.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { HOLD_MS } from '../../src/core/track/order.ts';
import { counters, heartbeat, kernel, kinds, MS, ready, run, start, T0, tick, up } from './inputs.ts';
import { print, transition } from './lines.ts';
import { NETNS } from './recorded.ts';

describe('a step of the tier', () => {
  const step = (ns: number, share: number) => print({ type: 'tier', ns, share });
  const opens = (ns: number, skaddr: number) => print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns, skaddr, netns: NETNS }));

  it('is told in the order of time among what came from other CPUs, and stands in the state from then on', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const text = kernel(T0 + 5 * MS, opens(T0 + 4 * MS, 2), step(T0 + 3 * MS, 32), opens(T0 + 2 * MS, 1));
    expect(run([up(), text], pipeline)).toEqual([]);
    expect(pipeline.state.share).toBe(1);
    const events = run([tick(T0 + 100 * MS)], pipeline);
    expect(kinds(events)).toEqual(['CLOSE→SYN_SENT', 'tier', 'CLOSE→SYN_SENT']);
    expect(events[1]).toEqual({ kind: 'tier', seq: 2, ns: T0 + 3 * MS, wallUs: expect.any(Number), share: 32, before: 1 });
    expect(pipeline.state.share).toBe(32);
  });

  it('is told once, down and up again', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const steps = [step(T0 + 1 * MS, 32), step(T0 + 2 * MS, 32), step(T0 + 3 * MS, 8), step(T0 + 4 * MS, 1), step(T0 + 5 * MS, 1)];
    const events = run([up(), kernel(T0 + 6 * MS, ...steps), tick(T0 + 100 * MS)], pipeline);
    expect(events.map((event) => event.kind === 'tier' && [event.before, event.share])).toEqual([
      [1, 32],
      [32, 8],
      [8, 1],
    ]);
  });

  it('that is said again when all is quiet, and sent off with the next heartbeat, makes nothing wait longer', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    run([up(), kernel(T0 + 260 * MS, step(T0 + 10 * MS, 1))], pipeline);
    const { holdNs } = pipeline.waiting;
    expect(holdNs).toBe(HOLD_MS * MS);
    expect(pipeline.state.late).toBe(0);
    // A record that comes so late does: the next one may, too.
    run([kernel(T0 + 520 * MS, opens(T0 + 270 * MS, 1))], pipeline);
    expect(pipeline.waiting.holdNs).toBeGreaterThan(250 * MS);
  });

  it('is undone by a new bpftrace, which tells every socket until it says otherwise', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    // Still held when bpftrace ends.
    run([up(), kernel(T0 + 6 * MS, step(T0 + 5 * MS, 32))], pipeline);
    expect(kinds(run([{ type: 'kernel-down', atNs: T0 + 7 * MS, reason: 'killed' }], pipeline))).toEqual(['tier']);
    expect(pipeline.state.share).toBe(32);
    expect(run([up(T0 + 500 * MS)], pipeline)).toMatchObject([{ kind: 'tier', ns: T0 + 500 * MS, share: 1, before: 32 }]);
    expect(pipeline.state.share).toBe(1);
  });
});

describe('what was shed', () => {
  const shed = (from: number, to: number, count: number) => `@state_shed[${from}, ${to}]: ${count}`;
  const gapsOf = (events: readonly Event[]) => events.filter((event) => event.kind === 'gap');

  it('is one gap at the next heartbeat, with the sum and the largest by name, and again when it has grown', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const first = run([up(), kernel(T0 + 5 * MS, shed(7, 2, 5), shed(10, 3, 70), '@drop_shed[3]: 2', heartbeat(T0 + 4 * MS))], pipeline);
    expect(first).toMatchObject([
      { kind: 'gap', cause: 'shed', lost: 0, shed: 77, what: 'state LISTEN→SYN_RECV ×70, state CLOSE→SYN_SENT ×5, drop ×2' },
    ]);
    const second = run([kernel(T0 + 505 * MS, shed(7, 2, 5), shed(10, 3, 71), heartbeat(T0 + 504 * MS))], pipeline);
    expect(second).toMatchObject([{ cause: 'shed', shed: 1, what: 'state LISTEN→SYN_RECV ×1', fromNs: T0 + 4 * MS, toNs: T0 + 504 * MS }]);
    expect(pipeline.gapTotals).toMatchObject({ gaps: 2, lost: 0, shed: 78 });
  });

  it('is counted anew by each bpftrace, and by its last counters too', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const down = (at: number): Input => ({ type: 'kernel-down', atNs: T0 + at * MS, reason: 'killed' });
    const events = run(
      [
        ...[up(), kernel(T0 + 5 * MS, shed(7, 2, 5)), down(6)],
        ...[up(T0 + 500 * MS), kernel(T0 + 505 * MS, shed(7, 2, 3), heartbeat(T0 + 504 * MS))],
        ...[kernel(T0 + 605 * MS, shed(7, 2, 4)), down(606)],
      ],
      pipeline,
    );
    expect(gapsOf(events)).toMatchObject([5, 3, 1].map((count) => ({ cause: 'shed', shed: count })));
    expect(pipeline.gapTotals.shed).toBe(9);
  });

  it('is no loss: its counter and that of what was told are two', () => {
    const told = (ns: number) => print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns, netns: NETNS }));
    const counts = ['@state[7, 2]: 1', shed(7, 2, 31)];
    const events = run([
      ...[up(), kernel(T0 + 5 * MS, told(T0 + 4 * MS), ...counts, heartbeat(T0 + 4 * MS))],
      ...[
        kernel(T0 + 505 * MS, ...counts, heartbeat(T0 + 504 * MS)),
        { type: 'kernel-down', atNs: T0 + 600 * MS, reason: 'stopped' } as const,
      ],
    ]);
    expect(gapsOf(events)).toMatchObject([{ cause: 'shed', lost: 0, shed: 31 }]);
  });

  it('does not alarm the witness, which looks away while only a share is told, and sees as well as before afterwards', () => {
    const look = (second: number, passiveOpens: number) => [counters(T0 + second * 1e9, passiveOpens), tick(T0 + second * 1e9 + 40 * MS)];
    const step = (second: number, share: number) => kernel(T0 + second * 1e9, print({ type: 'tier', ns: T0 + second * 1e9, share }));
    const events = run([
      ...[up(), ...ready(T0 + 5 * MS), ...look(10, 7)],
      ...[step(10.1, 64), ...look(11, 1000), ...look(12, 2000), step(12.5, 1)],
      ...[...look(13, 2500), ...look(14, 2500), ...look(15, 2502), ...look(16, 2502)],
    ]);
    expect(gapsOf(events)).toMatchObject([{ cause: 'unseen', lost: 2, what: 'state LISTEN→SYN_RECV' }]);
  });

  it('is nothing to wonder at: a step that was not told is no discontinuity while only a share is, until a listing has put all right', () => {
    const move = (ms: number, from: TcpState, to: TcpState) =>
      print(transition({ from, to, ns: T0 + ms * MS, netns: NETNS, skaddr: 0xb0 }));
    const step = (ms: number, share: number) => print({ type: 'tier', ns: T0 + ms * MS, share });
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const anomalies = (events: readonly Event[]) => events.map((event) => event.kind === 'state' && event.anomaly);
    run([up(), kernel(T0 + 3 * MS, move(1, 'SYN_SENT', 'ESTABLISHED'), step(2, 64)), tick(T0 + 50 * MS)], pipeline);
    expect(anomalies(run([kernel(T0 + 61 * MS, move(60, 'CLOSE_WAIT', 'LAST_ACK')), tick(T0 + 120 * MS)], pipeline))).toEqual([null]);
    run([kernel(T0 + 131 * MS, step(130, 1)), tick(T0 + 200 * MS)], pipeline);
    expect(anomalies(run([kernel(T0 + 211 * MS, move(210, 'FIN_WAIT1', 'FIN_WAIT2')), tick(T0 + 300 * MS)], pipeline))).toEqual([null]);
    run([{ type: 'sockets', fromNs: T0 + 301 * MS, atNs: T0 + 302 * MS, netns: 1, sockets: [] }, tick(T0 + 400 * MS)], pipeline);
    const odd = run([kernel(T0 + 411 * MS, move(410, 'CLOSE_WAIT', 'LAST_ACK')), tick(T0 + 500 * MS)], pipeline);
    expect(anomalies(odd)).toEqual(['discontinuity']);
  });
});
