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
};

it('tells a sleep by its length, not by the time CLOCK_MONOTONIC moved meanwhile', () => {
  expect(inWords(gap)).toBe('the machine slept, 0 records lost (slept for 2 h 00 min by CLOCK_BOOTTIME)');
  expect(inWords({ ...gap, cause: 'blind', lost: null, what: 'killed' })).toBe('blind for 250 ms: no bpftrace was running (killed)');
});
