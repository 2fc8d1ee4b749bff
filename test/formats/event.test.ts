import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Event, EventKind } from '../../src/core/model/event.ts';
import { EVENT_KINDS } from '../../src/core/model/event.ts';
import { EventWire, wireOf } from '../../src/formats/event.ts';
import { printEvent } from '../../src/formats/print-event.ts';
import { rfc3339 } from '../../src/formats/utc.ts';
import { stateEvent } from '../sinks/observed.ts';
import { event } from './arbitrary.ts';

/** Kinds that are printed by hand. */
const HOT: readonly EventKind[] = ['state', 'time-wait', 'retransmit', 'reset', 'drop'];

/** What the wire form of a core event must be: times as text, the host added, everything else the same. */
type Written<T> = T extends object ? { -readonly [P in keyof T]: Written<T[P]> } : T;
type Printed<E extends Event> = E extends Event
  ? {
      -readonly [K in keyof Omit<E, 'wallUs'> | 'at' | 'host']: K extends 'ns' | 'fromNs' | 'toNs' | 'since' | 'at' | 'host'
        ? string
        : K extends keyof E
          ? E[K] extends readonly (infer Part)[]
            ? readonly { -readonly [P in keyof Part]: Part[P] }[]
            : K extends 'owner'
              ? Written<E[K]>
              : E[K]
          : never;
    }
  : never;
type Core<K extends Plain['kind']> = Printed<Extract<Plain, { kind: K }>>;
/** Printed field by field from the core's event; an attempt has a form of its own, see probe.test.ts. */
type Plain = Exclude<Event, { kind: 'probe' }>;
type Wire<K extends EventKind> = Extract<EventWire, { kind: K }>;

/** What is written otherwise on the wire than in the core. */
function timesOf(core: Event): object {
  if (core.kind === 'gap') return { fromNs: String(core.fromNs), toNs: String(core.toNs) };
  return core.kind === 'finding' ? { since: rfc3339(core.since) } : {};
}

describe('an event on the wire', () => {
  it('has the fields and types of the core’s event, kind by kind (checked by the compiler)', () => {
    expectTypeOf<Wire<'state'>>().toEqualTypeOf<Core<'state'>>();
    expectTypeOf<Wire<'time-wait'>>().toEqualTypeOf<Core<'time-wait'>>();
    expectTypeOf<Wire<'retransmit'>>().toEqualTypeOf<Core<'retransmit'>>();
    expectTypeOf<Wire<'reset'>>().toEqualTypeOf<Core<'reset'>>();
    expectTypeOf<Wire<'drop'>>().toEqualTypeOf<Core<'drop'>>();
    expectTypeOf<Wire<'socket-error'>>().toEqualTypeOf<Core<'socket-error'>>();
    expectTypeOf<Wire<'neighbour'>>().toEqualTypeOf<Core<'neighbour'>>();
    expectTypeOf<Wire<'tier'>>().toEqualTypeOf<Core<'tier'>>();
    expectTypeOf<Wire<'gap'>>().toEqualTypeOf<Core<'gap'>>();
    expectTypeOf<EventWire['kind']>().toEqualTypeOf<EventKind>();
    expect(EventWire.options.map((option) => option.shape.kind.value)).toEqual([...EVENT_KINDS]);
  });

  it('fits its schema and says what the core said, whatever the event and however hostile its text', () => {
    fc.assert(
      fc.property(event, fc.string(), (core, host) => {
        const line = printEvent(core, host);
        expect(line).not.toContain('\n');
        const { at, ...wire } = EventWire.parse(JSON.parse(line));
        const { wallUs, ...rest } = core;
        const times = timesOf(core);
        expect(wire).toEqual(JSON.parse(JSON.stringify({ ...rest, ...times, ns: String(core.ns), host })));
        expect(Date.parse(at)).toBe(Math.floor(wallUs / 1000));
      }),
      { numRuns: 2000 },
    );
  });

  it('is printed by hand as JSON.stringify prints its wire form, field by field in the order of the schema', () => {
    const order = new Map(EventWire.options.map(({ shape }) => [shape.kind.value, Object.keys(shape)]));
    fc.assert(
      fc.property(event, fc.string({ unit: 'binary' }), (core, host) => {
        const line = printEvent(core, host);
        const wire = wireOf(core, host);
        const keys = HOT.includes(core.kind) ? (order.get(core.kind) ?? []) : Object.keys(wire);
        // As a list of pairs, so that the order counts and numbers stay as they were written.
        expect(line).toBe(`{${keys.map((key) => `"${key}":${JSON.stringify(wire[key as keyof typeof wire])}`).join(',')}}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps whole seconds apart, whichever way time goes', () => {
    const at = (ns: number) =>
      EventWire.parse(JSON.parse(printEvent(stateEvent(1, { ns, wallUs: 1_763_672_400_000_000 + ns / 1000 }), 'h')));
    for (const ns of [0, 7, 999_999_999, 1e9, 1_999_999_999.6, 2_000_000_042, 1e9 + 1, 8_999_999_999_999_999]) {
      expect(at(ns)).toMatchObject({ ns: String(Math.round(ns)), at: rfc3339(1_763_672_400_000_000 + ns / 1000) });
    }
  });

  it('is refused where a step names no share of the sockets', () => {
    const tier: Event = { kind: 'tier', seq: 1, ns: 1, wallUs: 1, share: 32, before: 1 };
    const wire = JSON.parse(printEvent(tier, 'h'));
    expect(wire).toEqual({ kind: 'tier', seq: 1, ns: '1', at: '1970-01-01T00:00:00.000001Z', host: 'h', share: 32, before: 1 });
    for (const share of [0, -1, 1.5, null, '32']) expect(EventWire.safeParse({ ...wire, share }).success).toBe(false);
  });

  it('can give nothing another prototype, whatever its figures are called', () => {
    const [finding] = fc.sample(
      event.filter(({ kind }) => kind === 'finding'),
      { numRuns: 1, seed: 7 },
    );
    const wire = finding === undefined ? {} : JSON.parse(printEvent(finding, 'h'));
    const figures = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}');
    const read = EventWire.parse({ ...wire, evidence: [{ words: '', seqs: [], figures }] });
    if (read.kind !== 'finding') throw new Error('no finding');
    expect(read.evidence.map((one) => Object.getOwnPropertyNames(one.figures))).toEqual([['constructor']]);
    expect(read.evidence[0]?.figures).not.toHaveProperty('polluted');
  });

  it('keeps microseconds that a Date would round away', () => {
    expect(rfc3339(1763672400123456)).toBe('2025-11-20T21:00:00.123456Z');
    expect(rfc3339(1763672400000001)).toBe('2025-11-20T21:00:00.000001Z');
  });
});
