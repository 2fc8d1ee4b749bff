import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECODERS } from '../../../src/core/decode/index.ts';
import { FIELDS, LineRewriter, type StandIns } from '../../../src/core/decode/rewrite.ts';
import { formatAddress, readAddress } from '../../../src/core/model/address.ts';
import type { KernelRecord } from '../../../src/core/model/record.ts';
import { anyRecord } from '../any-record.ts';
import { cut, decode, print } from '../lines.ts';
import { LOOPBACK } from '../recorded.ts';

/** Stand-ins that can be told from what they stand for: the last bits of an address turned over, names backwards. */
const standIns: StandIns = {
  address(text) {
    const groups = new Uint16Array(8);
    if (!readAddress(text, groups)) return null;
    groups[7] = (groups[7] ?? 0) ^ 0xfff;
    return formatAddress(groups);
  },
  process: (name) => `x${name.length}`,
  device: (name) => `if-${name.length}`,
  link: (hex) => Array.from(hex).reverse().join(''),
  pointer: (hex) => (/^0*$/.test(hex) ? '0' : (BigInt(`0x${hex}`) ^ 0xff000n).toString(16)),
};

const link = (text: string | null): string | null =>
  text === null ? null : (standIns.link(text.replaceAll(':', '')).match(/../g)?.join(':') ?? null);

/** What must be read of a record once it is written anew. */
function expected(record: KernelRecord): KernelRecord {
  if (!('key' in record) || record.type === 'counter') return record;
  if (record.type === 'neighbour') {
    const { address, device, oldLink, newLink } = record;
    return {
      ...record,
      address: standIns.address(address) ?? '',
      device: standIns.device(device),
      oldLink: link(oldLink),
      newLink: link(newLink),
    };
  }
  const ends = { laddr: standIns.address(record.laddr) ?? '', raddr: standIns.address(record.raddr) ?? '' };
  if (record.type === 'socket-error' || record.type === 'time-wait') return { ...record, ...ends };
  const skaddr = Number.parseInt(standIns.pointer(record.skaddr.toString(16)), 16);
  if (record.type !== 'state') return { ...record, ...ends, skaddr };
  return { ...record, ...ends, skaddr, comm: record.comm === null || record.comm === '' ? record.comm : standIns.process(record.comm) };
}

const rewrite = (...pieces: string[]): string => {
  const rewriter = new LineRewriter(standIns);
  return pieces.map((piece) => rewriter.write(piece)).join('') + rewriter.end();
};

describe('bpftrace’s output written anew', () => {
  it('is known of every record that is decoded', () => {
    expect(Object.keys(FIELDS).sort()).toEqual(Object.keys(DECODERS).sort());
  });

  it('says of any record the same, with stand-ins', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const before = decode(`${print(record)}\n`).records;
        const { records, faults } = decode(rewrite(`${print(record)}\n`));
        expect(faults).toEqual([]);
        expect(records).toEqual(before.map(expected));
      }),
    );
  });

  it('says of a whole recording the same, and names nobody in it', () => {
    const before = decode(LOOPBACK);
    const text = rewrite(LOOPBACK);
    const after = decode(text);
    expect(after.faults).toEqual([]);
    expect(after.records).toEqual(before.records.map(expected));
    for (const { comm = null, laddr = null } of before.records.filter((record) => record.type === 'state')) {
      if (comm !== null && comm !== '') expect(text).not.toContain(Buffer.from(comm).toString('hex'));
      if (laddr !== null && laddr !== '0.0.0.0' && laddr !== '::') expect(text).not.toContain(laddr);
    }
  });

  it('is the same however it is cut', () => {
    const whole = rewrite(LOOPBACK);
    fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 12 }), (places) => rewrite(...cut(LOOPBACK, places)) === whole));
  });

  it('leaves with the piece that ends a line, no later', () => {
    const rewriter = new LineRewriter(standIns);
    expect(rewriter.write('H 12')).toBe('');
    expect(rewriter.write('34\nH 5')).toBe('H 1234\n');
    expect(rewriter.write('6\n')).toBe('H 56\n');
  });

  it('passes counters and losses on, and of bpftrace’s own talk only that there was some', () => {
    expect(rewrite('@state[8, 9]: 12\nLost 5 events\nWARNING: cannot open /home/alice/x\n')).toBe(
      '@state[8, 9]: 12\nLost 5 events\nINFO: withheld\n',
    );
  });

  it.each([
    ['what nobody knows', 'root:x:0:0\n'],
    ['a record that is none', 'E 12 104 10.0.0.1 80 10.0.0.2\n'],
    ['an address that is none', 'E 12 104 abc 80 10.0.0.2 99\n'],
    ['a line too long', `H ${'1'.repeat(5000)}\n`],
    ['a line too long whose end never comes', `H ${'1'.repeat(5000)}`],
    ['a torn line', 'E 12 104 10.0.0.1'],
  ])('tells of %s as often as before, and of nothing in it', (_, text) => {
    const rewriter = new LineRewriter(standIns);
    const written = rewriter.write(text) + rewriter.end();
    expect(written.trimEnd()).toBe('? withheld');
    expect(rewriter.withheld).toBe(1);
    expect(decode(written).faults).toHaveLength(1);
    expect(decode(text).faults.length).toBeLessThanOrEqual(1);
  });
});
