import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRecord, cut, decode, print } from '../lines.ts';
import { LOOPBACK } from '../recorded.ts';

const soup = fc.string({
  unit: fc.constantFrom(
    'S ',
    's ',
    'H ',
    'X 1 ',
    '@state[',
    '1, 2]: ',
    'Lost ',
    ' events',
    '\n',
    '\n',
    ' ',
    '5',
    'ff',
    '-',
    '::1',
    '\\x41',
    '\x1b',
    '\0',
    'ÿ',
    '\r',
  ),
  maxLength: 60,
});
const places = fc.array(fc.nat(), { maxLength: 12 });

describe('the stream', () => {
  it('gives the same however it is cut: at random places', () => {
    const whole = decode(LOOPBACK);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 200 }), (at) => {
        expect(decode(...cut(LOOPBACK, at))).toEqual(whole);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(anyRecord.map(print), soup), { maxLength: 8 }), places, (lines, at) => {
        const text = `${lines.join('\n')}\n`;
        expect(decode(...cut(text, at))).toEqual(decode(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the same however it is cut: at every byte', () => {
    expect(decode(...LOOPBACK)).toEqual(decode(LOOPBACK));
  });

  it('gives the same however it is cut: lines that are too long, and just not', () => {
    const length = fc.oneof(fc.integer({ min: 4080, max: 4110 }), fc.integer({ min: 0, max: 20_000 }));
    const begin = fc.constantFrom('WARNING: ', '@state[1, 4]: ', 'H ', 'x');
    fc.assert(
      fc.property(begin, length, places, (head, more, at) => {
        const text = `H 1\n${head}${'0'.repeat(more)}\nH 2\n`;
        expect(decode(...cut(text, at))).toEqual(decode(text));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, and makes of every line a record, a fault or bpftrace’s own talk', () => {
    const bytes = fc.uint8Array({ maxLength: 400 }).map((list) => String.fromCharCode(...list));
    fc.assert(
      fc.property(fc.oneof(bytes, soup), places, (text, at) => {
        const { records, faults } = decode(...cut(text, at));
        const talk = /^(?:! exit \d+$|Attach(?:ing|ed) \d+ probe|WARNING: |INFO: )/;
        const lines = text.split('\n').filter((line, index, all) => line !== '' && !(index < all.length - 1 && talk.test(line)));
        expect(records.length + faults.length).toBe(lines.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('tells an overlong line once, with its beginning, and reads on after it', () => {
    const { records, faults } = decode('H 1\n', 'y'.repeat(5000), 'y'.repeat(5000), 'y\nH 2\n');
    expect(records).toEqual([1, 2].map((ns) => ({ type: 'heartbeat', ns })));
    expect(faults).toEqual([{ line: 'y'.repeat(200), why: 'longer than 4096 characters' }]);
  });

  it('tells a line that was torn at the end, and not one that was whole', () => {
    expect(decode('H 1\nH 2')).toEqual({
      records: [{ type: 'heartbeat', ns: 1 }],
      faults: [{ line: 'H 2', why: 'a torn line at the end of the stream' }],
    });
    expect(decode('H 1\n').faults).toEqual([]);
    expect(decode('H 1\n', 'y'.repeat(5000)).faults).toHaveLength(1);
  });

  it('cuts a faulty line to 200 characters', () => {
    expect(decode(`${'z'.repeat(1000)}\n`).faults[0]?.line).toHaveLength(200);
    expect(decode(`H ${'z'.repeat(1000)}\n`).faults[0]?.line).toHaveLength(200);
  });
});
