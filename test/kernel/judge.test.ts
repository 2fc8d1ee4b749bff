import { describe, expect, it } from 'vitest';
import { differences } from './judge.ts';
import type { GuestReport, Way, WayReport } from './report.ts';
import { golden } from './table.ts';

// What the matrix must not take for right.

const GOLDEN = golden();
const SCRIPTS: Readonly<Record<Way, readonly [state: string, retransmit: string]>> = {
  best: ['sock-state-raw', 'retransmit'],
  tracepoint: ['sock-state', 'retransmit'],
  kprobe: ['sock-state-kprobe', 'retransmit-kprobe'],
};

function played(way: Way, [state, retransmit] = SCRIPTS[way], scenes = GOLDEN.scenes): WayReport {
  const hooks = [
    { fact: 'sock-state', script: state, lack: null },
    { fact: 'retransmit', script: retransmit, lack: null },
  ];
  return { way, hooks, words: '', scenes, gaps: [], fault: null };
}

const judged = (report: Partial<GuestReport>) =>
  differences({ kernel: '7.2.13', bpftrace: '0.27.1', ways: [], others: {}, ...report }, GOLDEN);

describe('the same events', () => {
  it('are the same where they are those of the golden, in its order', () => {
    expect(judged({ ways: [played('best'), played('tracepoint')] })).toEqual([]);
  });

  it('by kprobe prove nothing where a tracepoint told them, for it was not hidden', () => {
    expect(judged({ ways: [played('kprobe', SCRIPTS.tracepoint)] })).toEqual([
      'kprobe: sock-state was told by sock-state, not by sock-state-kprobe',
      'kprobe: retransmit was told by retransmit, not by retransmit-kprobe',
    ]);
  });

  it('by tracepoint prove nothing where a raw one told them', () => {
    expect(judged({ ways: [played('tracepoint', SCRIPTS.best)] })).toEqual([
      'tracepoint: sock-state was told by sock-state-raw, not by sock-state or sock-state-lean',
    ]);
  });

  it('in another order are not the same', () => {
    const [first = '', second = '', ...rest] = GOLDEN.scenes.exchange;
    const scenes = { ...GOLDEN.scenes, exchange: [second, first, ...rest] };
    expect(judged({ ways: [played('best', SCRIPTS.best, scenes)] })).toEqual(['best, exchange: in another order']);
  });

  it('are not the same where one came twice and another never', () => {
    const [first = '', , ...rest] = GOLDEN.scenes.exchange;
    const scenes = { ...GOLDEN.scenes, exchange: [first, first, ...rest] };
    expect(judged({ ways: [played('best', SCRIPTS.best, scenes)] })).toEqual([`best, exchange: not seen: ${GOLDEN.scenes.exchange[1]}`]);
  });
});

it('TIME_WAIT that was not told by kprobe is a difference where kprobes attach', () => {
  const kprobe = { ...played('kprobe'), scenes: null, fault: 'left out of this story' };
  expect(judged({ ways: [kprobe], ledger: null })).toContain('TIME_WAIT: inferred only, though kprobes attach');
});

it('nothing played is a difference', () => {
  expect(judged({})).toEqual(['nothing was played']);
});
