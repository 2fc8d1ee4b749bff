import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comm } from '../any-record.ts';
import { commField, decode } from '../lines.ts';
import { LOOPBACK } from '../recorded.ts';

const one = (line: string) => {
  const { records, faults } = decode(`${line}\n`);
  expect(faults).toEqual([]);
  expect(records).toHaveLength(1);
  return records[0];
};

describe('a comm', () => {
  const owned = (pid = 7, tid = pid) => `s 1 ff 100000014 0 0 0 0 ${((BigInt(pid) << 32n) | BigInt(tid)).toString(16)}`;
  const line = (name: string, pid = 7) => `C ${pid.toString(16)} ${name}\n${owned(pid)}`;

  it.each([
    'a,b',
    'a b',
    '\nS 1 ff 3 1 1',
    '\x1b[31mred',
    'H 5\nH 6',
    '@state: 9',
    '\r\n\t"',
    '\\x00\\x41',
    'Lost 5 events',
    'C 7 \\x41',
    '',
  ])('of %j stays within its C: one record, with that comm', (name) => {
    expect(one(line(commField(name)))).toMatchObject({ pid: 7, comm: name });
  });

  it.each(['a b', '\nH 5\n', ''])('of %j stays within its field where a lean record has it', (name) => {
    expect(one(`l 1 ff 7 2 ::1 1 ::1 2 7 ${commField(name)}`)).toMatchObject({ pid: 7, comm: name });
  });

  it('forges nothing whatever it is, in a stream of other records', () => {
    fc.assert(
      fc.property(comm, comm, (a, b) => {
        const { records, faults } = decode(`${line(commField(a))}\n${line(commField(b))}\nH 5\n`);
        expect(faults).toEqual([]);
        expect(records.map((record) => ('comm' in record ? record.comm : record.type))).toEqual([a, b, 'heartbeat']);
      }),
    );
  });

  it('is read as recorded from a process that tried', () => {
    const names = decode(LOOPBACK).records.flatMap((record) => (record.type === 'state' && record.comm !== null ? [record.comm] : []));
    expect(new Set(names)).toEqual(new Set(['python3', 'a, b\nS 1 \x1b[31m�']));
  });

  it('that is cut within a character keeps what is whole', () => {
    expect(one(line(commField('a日本語日本語')))).toMatchObject({ comm: 'a日本語日��' });
    expect(one(line('\\xff\\xc3\\xa9\\xed\\xa0\\x80\\xf0\\x9f\\x92\\xa9\\xc0\\x80\\x41\\x00\\x42\\x42'))).toMatchObject({
      comm: '�é���💩��A',
    });
  });

  it('agrees with TextDecoder wherever the bytes are UTF-8, and has one sign for each byte that is not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const end = bytes.indexOf(0);
        const used = end < 0 ? bytes : bytes.subarray(0, end);
        const record = one(line(Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')));
        const text = record?.type === 'state' ? (record.comm ?? '') : '';
        expect(text.isWellFormed()).toBe(true);
        const signs = [...text].filter((char) => char === '�').length;
        expect(new TextEncoder().encode(text).length - 2 * signs).toBe(used.length);
        try {
          expect(text).toBe(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(used));
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
          expect(signs).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('without a pid is nobody’s', () => {
    expect(one(line(commField('swapper/0'), 0))).toMatchObject({ pid: null, comm: null });
    expect(one(`l 1 ff 7 2 ::1 1 ::1 2 0 ${commField('swapper/0')}`)).toMatchObject({ pid: null, comm: null });
  });

  it('is the thread’s, the pid its process’s', () => {
    expect(one(`C 9 ${commField('worker')}\n${owned(7, 9)}`)).toMatchObject({ pid: 7, comm: 'worker' });
    expect(one(`C 7 ${commField('main')}\n${owned(7, 9)}`)).toMatchObject({ pid: 7, comm: null });
  });

  it('is not known where its C was lost, and the pid is all the same', () => {
    expect(one(owned())).toMatchObject({ pid: 7, comm: null });
    expect(one(`C 8 ${commField('other')}\n${owned()}`)).toMatchObject({ pid: 7, comm: null });
  });

  it('is the newest one: what a thread was called before it executed another program stays with what it did before', () => {
    const { records } = decode(`${line(commField('bash'))}\n${line(commField('curl'))}\n`);
    expect(records).toMatchObject([{ comm: 'bash' }, { comm: 'curl' }]);
  });

  it('is forgotten once 65,536 other threads have been named since, and not before', () => {
    const others = (count: number) =>
      Array.from({ length: count }, (_, at) => `C ${(at + 100).toString(16)} ${commField('other')}\n`).join('');
    const named = `C 7 ${commField('curl')}\n`;
    expect(one(`${named}${others(65_535)}${owned()}`)).toMatchObject({ comm: 'curl' });
    expect(one(`${named}${others(65_536)}${owned()}`)).toMatchObject({ comm: null });
  });
});
