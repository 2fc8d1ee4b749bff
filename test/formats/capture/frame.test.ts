import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DialledInput, Input, ProbeInput, QueuesInput, SysctlsInput, WaitingSample } from '../../../src/core/model/input.ts';
import { TCP_STATES } from '../../../src/core/model/tcp-state.ts';
import { type Frame, FrameReader, printInput } from '../../../src/formats/capture/file/frame.ts';
import { attemptAt } from '../../core/attempts.ts';
import { address, recordKey } from '../arbitrary.ts';

const text = fc.string({ unit: 'binary', maxLength: 30 });
const port = fc.integer({ min: 0, max: 65535 });
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const count = fc.nat();
/** Sums of doubles have halves; 104 days of uptime. */
const ns = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER * 0.9 }).map((whole) => whole + 0.5);
const ms = orNull(fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0));
const ends = { laddr: address, lport: port, raddr: address, rport: port };
const netns = orNull(fc.nat());

const info = fc.record({
  ...{ unacked: count, backoff: count, retrans: count, retransTotal: count, segsIn: orNull(count), segsOut: orNull(count) },
  ...{ lastSndMs: ms, lastRcvMs: ms, lastAckMs: ms, notSent: count, rtoMs: ms, rttMs: ms },
});
const waiting: fc.Arbitrary<WaitingSample> = fc.record({
  ...{ ...ends, state: fc.constantFrom(...TCP_STATES), recvQ: count, sendQ: count, owned: fc.boolean(), info: orNull(info) },
  timer: orNull(fc.record({ kind: fc.constantFrom('on' as const, 'keepalive' as const, 'persist' as const), ms: count, backoff: count })),
});
const listener = fc.record({ laddr: address, lport: port, waiting: count, backlog: count });

const queues: fc.Arbitrary<QueuesInput> = fc.record({
  ...{ type: fc.constant('queues' as const), fromNs: ns, atNs: ns, netns, leftOut: count },
  ...{ listeners: orNull(fc.array(listener)), waiting: orNull(fc.array(waiting)) },
});
const sysctls: fc.Arbitrary<SysctlsInput> = fc.record({
  ...{ type: fc.constant('sysctls' as const), atNs: ns, netns, values: fc.dictionary(recordKey, text, { noNullPrototype: true }) },
});
const dialled: fc.Arbitrary<DialledInput> = fc.record({
  ...{ type: fc.constant('dialled' as const), atNs: ns, ...ends, target: text, attempt: fc.integer({ min: 1 }) },
});
const failure = fc.record({
  ...{ cause: fc.constantFrom('refused' as const, 'dns-failed' as const), during: fc.constantFrom('connect' as const, 'answer' as const) },
  ...{ code: orNull(text), words: text },
});
const probe: fc.Arbitrary<ProbeInput> = fc
  .record({
    atNs: ns,
    called: ns,
    busyNs: ns,
    target: text,
    answer: orNull(text),
    failure: orNull(failure),
    suspect: fc.boolean(),
    misses: count,
  })
  .chain(({ atNs, called, busyNs, target, answer, failure: why, suspect, misses }) =>
    fc.constantFrom('new' as const, 'healthy', 'dead').map((health): ProbeInput => {
      const attempt = attemptAt({ called: 0 }, { target, answer, failure: why });
      const loop = {
        ...attempt.loop,
        stalls: [{ fromNs: called, toNs: called + 1, busyNs }],
        gcPauses: [{ fromNs: called, toNs: called }],
      };
      return { type: 'probe', atNs, attempt: { ...attempt, loop }, standing: { health, suspect, misses } };
    }),
  );

describe.each([
  ['queues', queues],
  ['sysctls', sysctls],
  ['dialled', dialled],
  ['probe', probe],
] satisfies readonly (readonly [Input['type'], fc.Arbitrary<Input>])[])('an input of type %s', (_, inputs) => {
  it('is read from a capture as it was taken, whatever it holds and wherever the file is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(inputs, fc.boolean()), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 90 })),
        (some, cuts) => {
          const bytes = Buffer.concat(some.flatMap(([input, seed]) => [...printInput(input, seed ? 'seed' : 'input')]));
          const reader = new FrameReader('a file');
          const frames: Frame[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = cuts.next().value ?? 1;
            frames.push(...reader.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(frames).toEqual(some.map(([input, seed]) => ({ kind: seed ? 'seed' : 'input', input })));
          expect(reader.rest).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
