import { existsSync, readFileSync } from 'node:fs';
import { BTF } from '../machine/kernel.ts';

/** A struct or union. */
export interface BtfStruct {
  readonly kind: 'struct';
  /** By which it is known: what stands before it, `const` and the like, is left out. */
  readonly id: number;
  /** Empty where it has none. */
  readonly name: string;
  readonly size: number;
  readonly members: readonly BtfMember[];
}

export interface BtfMember {
  /** Empty where it has none. */
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** 0 where it is no bit field. */
  readonly bits: number;
}

export type BtfType =
  | BtfStruct
  | { readonly kind: 'number'; readonly size: number; readonly signed: boolean }
  | { readonly kind: 'pointer'; readonly to: number }
  | { readonly kind: 'array'; readonly of: number; readonly length: number }
  | { readonly kind: 'other' };

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
/** Words of each type before what its kind adds: its name's place, its kind with how many members, its size or the type meant. */
const COMMON = 3;
const MEMBER = 3;
const KINDS = {
  ...{ int: 1, pointer: 2, array: 3, struct: 4, union: 5, enum: 6, forward: 7, typedef: 8, volatile: 9, const: 10, restrict: 11 },
  ...{ function: 12, prototype: 13, variable: 14, section: 15, float: 16, declTag: 17, typeTag: 18, enum64: 19 },
} as const;
/** Words that a kind adds: so many, and so many for each member. */
const ADDED: ReadonlyMap<number, readonly [fixed: number, each: number]> = new Map([
  [KINDS.int, [1, 0]],
  [KINDS.array, [3, 0]],
  [KINDS.struct, [0, MEMBER]],
  [KINDS.union, [0, MEMBER]],
  [KINDS.enum, [0, 2]],
  [KINDS.prototype, [0, 2]],
  [KINDS.variable, [1, 0]],
  [KINDS.section, [0, 3]],
  [KINDS.declTag, [1, 0]],
  [KINDS.enum64, [0, 3]],
]);
/** Names and qualifiers: the type itself lies behind them. */
const BEFORE: ReadonlySet<number> = new Set([KINDS.typedef, KINDS.volatile, KINDS.const, KINDS.restrict, KINDS.typeTag]);

/**
 * The kernel's type information: enough of it to say where the members of a struct lie. Documentation/bpf/btf.rst; include/uapi/linux/btf.h.
 * Types go by their numbers, 0 is void.
 */
export class Btf {
  readonly #bytes: Buffer;
  readonly #words: Uint32Array;
  readonly #strings: number;
  /** Where each type begins, in words; by its number. */
  readonly #starts: number[] = [0];

  /** @throws RangeError where that is no BTF of this byte order, is cut off, or has kinds that are not known here. */
  constructor(bytes: Buffer) {
    if (bytes.length < HEADER_BYTES || bytes.readUInt16LE(0) !== MAGIC) throw new RangeError('no BTF in this byte order');
    const body = bytes.readUInt32LE(4);
    const types = body + bytes.readUInt32LE(8);
    const length = bytes.readUInt32LE(12);
    this.#bytes = bytes;
    this.#strings = body + bytes.readUInt32LE(16);
    if (types + length > bytes.length || this.#strings > bytes.length) throw new RangeError('BTF is cut off');
    this.#words = new Uint32Array(new Uint8Array(bytes.subarray(types, types + length)).buffer);
    for (let at = 0; at < this.#words.length; ) {
      this.#starts.push(at);
      const kind = this.#kindAt(at);
      if (kind === 0 || kind > KINDS.enum64) throw new RangeError(`BTF kind ${kind} is not known`);
      const [fixed, each] = ADDED.get(kind) ?? [0, 0];
      at += COMMON + fixed + each * this.#countAt(at);
    }
  }

  /** This kernel's; null where it has none, and where they cannot be read: `warn` is told why. */
  static ofKernel(warn: (why: string) => void): Btf | null {
    if (!existsSync(BTF)) return null;
    try {
      return new Btf(readFileSync(BTF));
    } catch (error) {
      warn(`${BTF}: ${(error as Error).message}`);
      return null;
    }
  }

  /** The struct of this name; null where there is none. */
  structNamed(name: string): BtfStruct | null {
    const found = this.#bytes.indexOf(`\0${name}\0`, this.#strings, 'latin1');
    if (found === -1) return null;
    const text = found + 1 - this.#strings;
    const id = this.#starts.findIndex((at, index) => index > 0 && this.#words[at] === text && this.#kindAt(at) === KINDS.struct);
    const type = id === -1 ? null : this.type(id);
    return type?.kind === 'struct' ? type : null;
  }

  type(number: number): BtfType {
    let id = number;
    while (BEFORE.has(this.#kindOf(id))) id = this.#word((this.#starts[id] ?? 0) + 2);
    const at = this.#starts[id] ?? 0;
    const size = this.#word(at + 2);
    switch (this.#kindOf(id)) {
      case KINDS.int:
        return { kind: 'number', size, signed: ((this.#word(at + COMMON) >>> 24) & 1) !== 0 };
      case KINDS.enum:
      case KINDS.enum64:
        return { kind: 'number', size, signed: this.#flagAt(at) };
      case KINDS.pointer:
        return { kind: 'pointer', to: size };
      case KINDS.array:
        return { kind: 'array', of: this.#word(at + COMMON), length: this.#word(at + COMMON + 2) };
      case KINDS.struct:
      case KINDS.union:
        return { kind: 'struct', id, name: this.#text(this.#word(at)), size, members: this.#membersAt(at) };
      default:
        return { kind: 'other' };
    }
  }

  #membersAt(at: number): BtfMember[] {
    // Where the flag is set, the upper byte of an offset is the width of a bit field.
    const packed = this.#flagAt(at);
    return Array.from({ length: this.#countAt(at) }, (_, index) => {
      const from = at + COMMON + index * MEMBER;
      const offset = this.#word(from + 2);
      return {
        name: this.#text(this.#word(from)),
        type: this.#word(from + 1),
        bitOffset: packed ? offset & 0xffffff : offset,
        bits: packed ? offset >>> 24 : 0,
      };
    });
  }

  #kindOf(id: number): number {
    const at = this.#starts[id];
    return id === 0 || at === undefined ? 0 : this.#kindAt(at);
  }

  #kindAt(at: number): number {
    return (this.#word(at + 1) >>> 24) & 31;
  }

  #countAt(at: number): number {
    return this.#word(at + 1) & 0xffff;
  }

  #flagAt(at: number): boolean {
    return this.#word(at + 1) >>> 31 !== 0;
  }

  #word(at: number): number {
    return this.#words[at] ?? 0;
  }

  #text(offset: number): string {
    const from = this.#strings + offset;
    const to = this.#bytes.indexOf(0, from);
    return this.#bytes.toString('latin1', from, to === -1 ? from : to);
  }
}
