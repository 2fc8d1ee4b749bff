import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/model/input.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { canary, flight, heartbeat, kernel, kinds, MS, ready, run, start, T0, up } from './inputs.ts';
import { print, transition } from './lines.ts';
import { NETNS } from './recorded.ts';

describe('blindness', () => {
  it('lasts from the last record to the next canary, and is told as one gap', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    const last = T0 + 15 * MS;
    run([up(), ...ready(T0 + 5 * MS), kernel(last + MS, heartbeat(last))], pipeline);
    const down = run([{ type: 'kernel-down', atNs: T0 + 50 * MS, reason: 'killed' }], pipeline);
    expect(kinds(down)).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED']);
    expect(pipeline.state).toMatchObject({ phase: 'blind', reason: 'killed', downs: 1, blindForNs: 35 * MS });
    const after = run([up(T0 + 500 * MS), ...ready(T0 + 600 * MS, 6)], pipeline);
    const gaps = after.filter((event) => event.kind === 'gap');
    expect(gaps).toMatchObject([{ cause: 'blind', lost: null, fromNs: last, toNs: T0 + 600 * MS - 50_000, what: 'killed' }]);
    expect(pipeline.state.phase).toBe('observing');
  });

  it('is told also where the next bpftrace, or all, ends before it saw anything', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    run([up(), ...ready(T0 + 5 * MS), kernel(T0 + 21 * MS, heartbeat(T0 + 20 * MS))], pipeline);
    const down = (at: number, reason: string): Input => ({ type: 'kernel-down', atNs: T0 + at * MS, reason });
    const gaps = run([down(50, 'killed'), up(T0 + 500 * MS), down(700, 'refused'), down(900, 'stopped')], pipeline).filter(
      ({ kind }) => kind === 'gap',
    );
    expect(gaps).toMatchObject([
      { cause: 'blind', fromNs: T0 + 20 * MS, toNs: T0 + 700 * MS, what: 'killed' },
      { cause: 'blind', fromNs: T0 + 700 * MS, toNs: T0 + 900 * MS, what: 'refused' },
    ]);
  });

  it('is not ended by a canary of before: seen by the old bpftrace, told after its end', () => {
    const pipeline = new Pipeline(start, { maxSockets: 10 });
    run([up(), ...ready(T0 + 5 * MS), kernel(T0 + 20 * MS, ...flight(T0 + 19 * MS, 6))], pipeline);
    run([{ type: 'kernel-down', atNs: T0 + 21 * MS, reason: 'killed' }, canary(6, T0 + 18 * MS, T0 + 22 * MS)], pipeline);
    expect(pipeline.state.phase).toBe('blind');
  });

  it('begins with all that was held back, a torn line and what the last counters knew', () => {
    const record = print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + 9 * MS, netns: NETNS }));
    const events = run([
      up(),
      ...ready(T0 + 5 * MS),
      { type: 'kernel', atNs: T0 + 10 * MS, text: `${record}\n@state[2, 1]: 4\n@state[7, 2]: 2\nS 12` },
      { type: 'kernel-down', atNs: T0 + 11 * MS, reason: 'killed' },
    ]);
    expect(kinds(events).slice(0, 3)).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'CLOSE→SYN_SENT']);
    expect(events.slice(3)).toMatchObject([
      { kind: 'gap', cause: 'unaccounted', lost: 3, what: 'state SYN_SENT→ESTABLISHED ×3' },
      { kind: 'gap', cause: 'undecodable', what: 'a torn line at the end of the stream: "S 12"' },
    ]);
  });
});
