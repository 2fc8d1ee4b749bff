import type { BtfMember } from '../../../src/sources/bpftrace/btf.ts';

/** One type as Documentation/bpf/btf.rst writes it. `size`: bytes, or the number of the type meant. */
interface Made {
  readonly kind: number;
  readonly name?: string;
  readonly size?: number;
  readonly flag?: boolean;
  readonly members?: readonly Partial<BtfMember>[];
  readonly added?: readonly number[];
}

export const int = (name: string, size: number, signed = false): Made => ({
  ...{ kind: 1, name, size },
  added: [(Number(signed) << 24) | (size * 8)],
});
export const pointer = (to: number): Made => ({ kind: 2, size: to });
export const array = (of: number, length: number): Made => ({ kind: 3, added: [of, 1, length] });
export const struct = (name: string, size: number, ...members: Partial<BtfMember>[]): Made => ({ kind: 4, name, size, members });
export const union = (name: string, size: number, ...members: Partial<BtfMember>[]): Made => ({ kind: 5, name, size, members });
/** A struct that has bit fields: each offset's upper byte is a width then. */
export const bitStruct = (name: string, size: number, ...members: Partial<BtfMember>[]): Made => ({
  ...struct(name, size, ...members),
  flag: true,
});
/** A forward declaration (7), a typedef (8), const (10), … */
export const plain = (kind: number, name = '', of = 0): Made => ({ kind, name, size: of });

/** A BTF blob of these types, numbered from 1 in this order. */
export function btfOf(...types: Made[]): Buffer {
  const texts: string[] = [''];
  const placeOf = (name: string): number => {
    if (name === '') return 0;
    const before = texts.reduce((sum, text) => sum + text.length + 1, 0);
    texts.push(name);
    return before;
  };
  const words = types.flatMap(({ kind, name = '', size = 0, flag = false, members = [], added = [] }) => [
    placeOf(name),
    ((Number(flag) << 31) | (kind << 24) | members.length) >>> 0,
    size,
    ...added,
    ...members.flatMap((member) => {
      const { bitOffset = 0, bits = 0 } = member;
      return [placeOf(member.name ?? ''), member.type ?? 0, flag ? (bits << 24) | bitOffset : bitOffset];
    }),
  ]);
  const strings = Buffer.from(texts.map((text) => `${text}\0`).join(''), 'latin1');
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  for (const [at, value] of [24, 0, words.length * 4, words.length * 4, strings.length].entries()) header.writeUInt32LE(value, 4 + at * 4);
  return Buffer.concat([header, Buffer.from(Uint32Array.from(words).buffer), strings]);
}
