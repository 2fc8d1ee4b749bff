import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src/sources/bpftrace/btf.ts';
import { array, bitStruct, btfOf, int, plain, pointer, struct, union } from './made-btf.ts';

describe('a kernel’s types', () => {
  const btf = new Btf(
    btfOf(
      int('int', 4, true),
      int('char', 1),
      struct('small', 8, { name: 'one', type: 1 }, { name: 'two', type: 4, bitOffset: 32 }),
      array(2, 4),
      pointer(3),
      bitStruct(
        'bits',
        4,
        { name: 'low', type: 1, bits: 3 },
        { name: 'high', type: 1, bitOffset: 3, bits: 29 },
        { name: 'whole', type: 2 },
      ),
      plain(8, 'alias', 8),
      plain(10, '', 3),
      plain(7, 'somewhere'),
      union('', 4, { name: 'a', type: 1 }, { name: 'b', type: 4 }),
      { kind: 19, name: 'wide', size: 8, flag: true, members: [{ name: 'X' }] },
      struct('last', 1, { name: 'only', type: 2 }),
    ),
  );

  it('has numbers, pointers and arrays', () => {
    expect(btf.type(1)).toEqual({ kind: 'number', size: 4, signed: true });
    expect(btf.type(2)).toEqual({ kind: 'number', size: 1, signed: false });
    expect(btf.type(4)).toEqual({ kind: 'array', of: 2, length: 4 });
    expect(btf.type(5)).toEqual({ kind: 'pointer', to: 3 });
  });

  it('finds a struct by its name, with where each member lies, and bit fields', () => {
    expect(btf.structNamed('small')).toEqual({
      ...{ kind: 'struct', id: 3, name: 'small', size: 8 },
      members: [
        { name: 'one', type: 1, bitOffset: 0, bits: 0 },
        { name: 'two', type: 4, bitOffset: 32, bits: 0 },
      ],
    });
    expect(btf.structNamed('bits')?.members.map(({ name, bitOffset, bits }) => [name, bitOffset, bits])).toEqual([
      ['low', 0, 3],
      ['high', 3, 29],
      ['whole', 0, 0],
    ]);
  });

  it('looks behind typedefs and qualifiers, and says what is there', () => {
    expect(btf.type(7)).toEqual(btf.structNamed('small'));
    expect(btf.type(10)).toMatchObject({ kind: 'struct', id: 10, name: '' });
    expect(btf.type(11)).toEqual({ kind: 'number', size: 8, signed: true });
    expect(btf.structNamed('last')).toMatchObject({ id: 12, members: [{ name: 'only' }] });
  });

  it('knows nothing of void, of a declaration, of names that are no struct’s, of numbers beyond the last', () => {
    for (const id of [0, 9, 13, 4_000_000]) expect(btf.type(id)).toEqual({ kind: 'other' });
    for (const name of ['alias', 'somewhere', 'smal', 'mall', 'one', 'nobody']) expect(btf.structNamed(name)).toBeNull();
  });
});

describe('what is none', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'no BTF in this byte order'],
    ['text', Buffer.from('not a kernel’s types, whatever their name says'), 'no BTF in this byte order'],
    ['that of the other byte order', Buffer.from([0xeb, 0x9f, ...Array<number>(40).fill(0)]), 'no BTF in this byte order'],
    ['half of one', btfOf(int('int', 4), int('long', 8)).subarray(0, 40), 'BTF is cut off'],
    ['one of a later kind', btfOf(int('int', 4), plain(20)), 'BTF kind 20 is not known'],
  ])('is refused: %s', (_story, bytes, words) => {
    expect(() => new Btf(bytes)).toThrow(new RangeError(words));
  });
});
