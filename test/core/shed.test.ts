import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/model/event.ts';
import type { Input } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
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

  it('does not alarm the witness: the kernel’s statistics may be ahead of what was told by as much', () => {
    const looks = (passiveOpens: number) => [11, 12].flatMap((s) => [counters(T0 + s * 1e9, passiveOpens), tick(T0 + s * 1e9 + 30 * MS)]);
    const story = (passiveOpens: number) =>
      gapsOf(
        run([
          ...[up(), ...ready(T0 + 5 * MS), counters(T0 + 10e9, 7), tick(T0 + 10e9 + 30 * MS)],
          ...[kernel(T0 + 10.5e9, shed(10, 3, 40), heartbeat(T0 + 10.5e9)), ...looks(passiveOpens)],
        ]),
      );
    expect(story(47)).toMatchObject([{ cause: 'shed', shed: 40 }]);
    // But by more than that it is.
    expect(story(49)).toMatchObject([
      { cause: 'shed', shed: 40 },
      { cause: 'unseen', lost: 2, what: 'state LISTEN→SYN_RECV' },
    ]);
  });
});
