import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineDecoder } from '../../../src/core/decode/index.ts';
import { anyRecord } from '../any-record.ts';
import { cut, decode, print } from '../lines.ts';
import { LOOPBACK } from '../recorded.ts';

const soup = fc.string({
  unit: fc.constantFrom(
    'S ',
    's ',
    'T ',
    'C ',
    'B ',
    'H ',
    '@sent: ',
    '_shed[',
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

const TALK = /^(?:! exit \d+$|Attach(?:ing|ed) \d+ probe|WARNING: |INFO: )/;
/** What is understood and makes no record: bpftrace's talk, a script's own maps, the name of a thread. */
/** A compiler's remark of 0.27.0, the line that it means, and its pointer. */
const REMARK = /^stdin:[-:\d]+: WARNING: |^ {2,}\S|^ *~+$|^HINT: |^Additional Info - helper: /;
const isSilent = (line: string) =>
  TALK.test(line) ||
  REMARK.test(line) ||
  (/^@[a-z]+(?:_[a-z]+)?(?:\[[-0-9, ]+\])?: -?\d+$/.test(line) && !/^@(?:state|drop|reset)(?:_shed)?[:[]/.test(line)) ||
  /^C [0-9a-f]{1,16} (?:[0-9a-f]{2})+$/.test(line.replaceAll('\\x', ''));

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
        const lines = text.split('\n').filter((line, index, all) => line !== '' && !(index < all.length - 1 && isSilent(line)));
        expect(records.length + faults.length).toBe(lines.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('counts its lines however it is cut: those that are empty or too long are none', () => {
    const counted = (pieces: readonly string[]) => {
      const decoder = new LineDecoder({ record: () => undefined, fault: () => undefined });
      for (const piece of pieces) decoder.write(piece);
      return decoder.lines;
    };
    const text = `H 1\n\nC 7 \\x41\nno record\n${'y'.repeat(5000)}\n@sent: 4\nH 2\ntorn`;
    fc.assert(
      fc.property(places, (at) => {
        expect(counted(cut(text, at))).toBe(5);
      }),
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
