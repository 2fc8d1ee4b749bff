import { describe, expect, it } from 'vitest';
import type { Input } from '../../../src/core/model/input.ts';
import type { TcpState } from '../../../src/core/model/tcp-state.ts';
import { kernel, MS, ready, run, T0, up } from '../inputs.ts';
import { print, transition } from '../lines.ts';
import { NETNS } from '../recorded.ts';

const S = 1000;
const WHOLE: readonly TcpState[] = ['CLOSE', 'SYN_SENT', 'ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2', 'CLOSE'];

/** A connection's steps, a millisecond apart from `atMs` on, but those into `without`. */
function life(atMs: number, without: readonly TcpState[] = [], skaddr = 0x100): Input {
  const lines = WHOLE.slice(1).flatMap((to, index) => {
    const from = WHOLE[index] ?? 'CLOSE';
    if (without.includes(to)) return [];
    return [print(transition({ from, to, ns: T0 + (atMs + index) * MS, skaddr, netns: NETNS, lport: to === 'SYN_SENT' ? 0 : 40_000 }))];
  });
  return kernel(T0 + (atMs + 6) * MS, ...lines);
}

const skipped = (atMs: number, total = 0): Input => ({ type: 'skipped', atNs: T0 + atMs * MS, total });
const down = (atMs: number, asked = true): Input => ({
  type: 'kernel-down',
  atNs: T0 + atMs * MS,
  reason: 'stopped',
  ...(asked && { asked }),
});

/** The gaps that are told, as cause and number. */
const told = (...inputs: Input[]) =>
  run([up(), ...ready(T0 + 5 * MS), ...inputs]).flatMap((event) => (event.kind === 'gap' ? [[event.cause, event.lost]] : []));

describe('a step that nobody told', () => {
  it('is told at the end, where the next step of the same socket proves it and the kernel counted no skip', () => {
    expect(told(life(100, ['FIN_WAIT2']), skipped(400), down(600))).toEqual([['unseen', 1]]);
  });

  it('is told while bpftrace runs on once its counters and the skips have had their time', () => {
    const readings = [1, 6, 11, 16].map((s) => skipped(s * S));
    const [begun, next, settled, later] = readings as [Input, Input, Input, Input];
    expect(told(begun, life(2 * S, ['ESTABLISHED']), next)).toEqual([]);
    expect(told(begun, life(2 * S, ['ESTABLISHED']), next, settled, later, down(17 * S))).toEqual([['unseen', 1]]);
  });

  it('is told at the end also where the skips had been read just before the last time', () => {
    expect(told(skipped(1 * S), life(1200, ['FIN_WAIT2']), skipped(1500), down(1600))).toEqual([['unseen', 1]]);
  });

  it('is not told twice where the kernel counts it as skipped, before the next step or behind it', () => {
    expect(told(life(100, ['FIN_WAIT2']), skipped(400, 1), down(600))).toEqual([['skipped', 1]]);
    expect(told(skipped(1 * S), life(2 * S, ['FIN_WAIT2']), skipped(6 * S), skipped(11 * S, 1), down(12 * S))).toEqual([['skipped', 1]]);
  });

  it('is told beside others that are skipped', () => {
    expect(told(life(100, ['FIN_WAIT2']), life(200, ['FIN_WAIT2'], 0x200), skipped(400, 1), down(600))).toEqual([
      ['skipped', 1],
      ['unseen', 1],
    ]);
  });

  it('is not told again hours later, when a connection ends whose beginning was skipped', () => {
    const minutes = Array.from({ length: 20 }, (_, n) => skipped((5 + 5 * n) * S, 1));
    const begins = kernel(T0 + 60 * MS, print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + 50 * MS, skaddr: 7, netns: NETNS })));
    const ends = { from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: T0 + 110 * S * MS, skaddr: 7, netns: NETNS } as const;
    expect(told(begins, ...minutes, kernel(T0 + 110 * S * MS + MS, print(transition(ends))), down(115 * S))).toEqual([['skipped', 1]]);
  });

  it('is told where it was the last, and another socket begins at the same pointer', () => {
    expect(told(life(100, ['FIN_WAIT2', 'CLOSE']), life(200), skipped(400), down(600))).toEqual([['unseen', 1]]);
  });

  it('is nothing to wonder about where bpftrace was away meanwhile', () => {
    const begins = kernel(T0 + 60 * MS, print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + 50 * MS, skaddr: 7, netns: NETNS })));
    const ends = { from: 'FIN_WAIT2', to: 'CLOSE', ns: T0 + 1200 * MS, skaddr: 7, netns: NETNS } as const;
    const again: Input[] = [down(100, false), up(T0 + 600 * MS), ...ready(T0 + 700 * MS), kernel(T0 + 1201 * MS, print(transition(ends)))];
    expect(told(begins, ...again, skipped(1400), down(1500)).map(([cause]) => cause)).toEqual(['blind']);
  });
});

it('a record that comes after the next of its socket breaks the order of its socket, and loses nothing', () => {
  const steps = [
    ['CLOSE', 'SYN_SENT', 100],
    ['SYN_SENT', 'ESTABLISHED', 101],
    ['ESTABLISHED', 'FIN_WAIT1', 102],
  ] as const;
  const lines = steps.map(([from, to, atMs]) => print(transition({ from, to, ns: T0 + atMs * MS, skaddr: 9, netns: NETNS })));
  const [begins = '', late = '', ends = ''] = lines;
  const rest = print(transition({ from: 'FIN_WAIT1', to: 'FIN_WAIT2', ns: T0 + 900 * MS, skaddr: 9, netns: NETNS }));
  const inputs = [kernel(T0 + 103 * MS, begins, ends), kernel(T0 + 500 * MS, late), kernel(T0 + 901 * MS, rest)];
  expect(told(...inputs, skipped(3 * S), down(3100))).toEqual([]);
});

it('a listing of sockets proves nothing of what came before it: neither of one that was not known, nor where a capture begins in the middle', () => {
  const lines = [print(transition({ from: 'FIN_WAIT2', to: 'CLOSE', ns: T0 + 900 * MS, skaddr: 9, netns: NETNS, lport: 40_000 }))];
  const { laddr, raddr, rport } = transition({ from: 'FIN_WAIT2', to: 'CLOSE', ns: 0, netns: NETNS });
  const sample = { laddr, lport: 40_000, raddr, rport, state: 'ESTABLISHED', pid: null, comm: null, remainingMs: null } as const;
  const listed: Input = { type: 'sockets', fromNs: T0 + 90 * MS, atNs: T0 + 100 * MS, netns: NETNS, sockets: [sample] };
  expect(told(listed, kernel(T0 + 901 * MS, ...lines), skipped(3 * S), down(3100))).toEqual([]);
  // Nobody has seen a canary yet: what is known is what a recorder knew.
  const before = [life(20, ['FIN_WAIT2']), skipped(3 * S), down(3100)];
  expect(run([up(), ...before]).flatMap((event) => (event.kind === 'gap' && event.cause === 'unseen' ? [event] : []))).toEqual([]);
});

it('says from when to when it was lost', () => {
  const events = run([up(), ...ready(T0 + 5 * MS), life(2 * S, ['ESTABLISHED']), skipped(6 * S), skipped(11 * S)]);
  const gap = events.find((event) => event.kind === 'gap');
  // From what was last told of it, which is its SYN_SENT, to when it was known to be missing.
  expect([gap?.kind === 'gap' && gap.fromNs, gap?.kind === 'gap' && gap.toNs]).toEqual([T0 + 2 * S * MS, T0 + 6 * S * MS]);
});

it('a socket all of whose steps were told proves nothing', () => {
  expect(told(life(100), skipped(400), life(500), down(600))).toEqual([]);
});
