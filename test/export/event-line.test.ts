import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eventLine } from '../../src/export/event-line.ts';
import { type EventWire, wireOf } from '../../src/formats/event.ts';
import { event } from '../formats/arbitrary.ts';

const stamp = { seq: 1, host: 'h', at: '2025-11-20T21:00:00.123456Z', ns: '9000000000' } as const;
const tier: EventWire = { kind: 'tier', ...stamp, share: 32, before: 1 };
const shed: EventWire = { kind: 'gap', ...stamp, cause: 'shed', lost: 0, shed: 5, fromNs: '1', toNs: '2', what: 'drop ×5', parts: [] };

it('a step of the tier is a line that says so first, and stands out where there is colour', () => {
  expect(eventLine(tier)).toBe(
    '21:00:00.123456 tier: too many transitions to tell each: from now on 1 socket in 32 is told one by one, all others are counted',
  );
  expect(eventLine(tier, true)).toBe(`\x1b[1;35m${eventLine(tier)}\x1b[0m`);
});

it('what was shed is a gap like any other', () => {
  expect(eventLine(shed)).toMatch(/^21:00:00\.123456 gap: counted in the kernel, not told one by one.*\(drop ×5\)$/);
});

it('whatever others have put into an event, it stays one line that acts on no terminal', () => {
  fc.assert(
    fc.property(event, (given) => {
      // Which detector it was is the one text of a finding that we alone choose.
      const told = given.kind === 'finding' ? { ...given, detector: 'half-open' } : given;
      expect(eventLine(wireOf(told, 'h'))).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u);
    }),
    { numRuns: 1000 },
  );
});
