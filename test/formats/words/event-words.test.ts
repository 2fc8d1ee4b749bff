import { expect, it } from 'vitest';
import type { EventWire } from '../../../src/formats/event.ts';
import { inWords } from '../../../src/formats/words/event-words.ts';

const gap: Extract<EventWire, { kind: 'gap' }> = {
  kind: 'gap',
  seq: 1,
  host: 'h',
  at: '2025-11-20T21:00:00.123456Z',
  ns: '9000000000',
  cause: 'suspended',
  lost: 0,
  shed: 0,
  fromNs: '8750000000',
  toNs: '9000000000',
  what: 'slept for 2 h 00 min by CLOCK_BOOTTIME',
  parts: [],
};

it('tells a sleep by its length, not by the time CLOCK_MONOTONIC moved meanwhile', () => {
  expect(inWords(gap)).toBe('the machine slept, 0 records lost (slept for 2 h 00 min by CLOCK_BOOTTIME)');
  // Sockets, counters, settings, or inputs that the recorder left out: `what` says which.
  expect(inWords({ ...gap, cause: 'unsampled', lost: null, what: 'ss: not found' })).toBe(
    'not everything could be sampled or kept (ss: not found)',
  );
  expect(inWords({ ...gap, cause: 'blind', lost: null, what: 'killed' })).toBe('blind for 250 ms: no bpftrace was running (killed)');
});

it('tells what was shed as counted, by how many and of what, and never as lost', () => {
  const shed = inWords({ ...gap, cause: 'shed', shed: 84, what: 'state LISTEN→SYN_RECV ×70' });
  expect(shed).toBe('counted in the kernel, not told one by one, 84 shed on purpose (state LISTEN→SYN_RECV ×70)');
});

it('tells a step of the tier by what is told from now on, and why', () => {
  const tier = (before: number, share: number) => inWords({ kind: 'tier', seq: 1, host: 'h', at: gap.at, ns: '1', share, before });
  expect(tier(1, 32)).toBe('too many transitions to tell each: from now on 1 socket in 32 is told one by one, all others are counted');
  expect(tier(32, 8)).toBe('fewer transitions: from now on 1 socket in 8 is told one by one, all others are counted');
  expect(tier(32, 1)).toBe('every socket is told one by one again');
});
