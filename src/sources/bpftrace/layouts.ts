import type { Btf, BtfMember, BtfStruct, BtfType } from './btf.ts';

/** Before the name of each layout: the kernel has no struct of such a name, or bpftrace would fetch it. */
const PREFIX = 'synoptic_';

/**
 * `program` with layouts, in C, of the kernel's structs that it names: each with those members alone that the program names, at their places on
 * this kernel. Left to fetch the structs itself, an older bpftrace fetches all that they point to.
 *
 * @returns the program as it was where this kernel's types lack one of its structs.
 */
export function withLayouts(program: string, btf: Btf): string {
  const members = new Set(Array.from(program.matchAll(/(?:->|\.)([a-z_]\w*)/gi), ([, name = '']) => name));
  const layouts = new Layouts(btf, members);
  for (const name of new Set(Array.from(program.matchAll(/\bstruct (\w+)/g), ([, found = '']) => found))) {
    const type = btf.structNamed(name);
    if (type === null) return program;
    layouts.add(type);
  }
  return [...layouts.texts, program.replace(/\bstruct (\w+)/g, `struct ${PREFIX}$1`)].join('\n');
}

class Layouts {
  readonly texts: string[] = [];
  readonly #btf: Btf;
  readonly #used: ReadonlySet<string>;
  readonly #known = new Set<number>();
  /** What a member points to may come later in C, what it holds may not. */
  #later: BtfStruct[] = [];

  constructor(btf: Btf, used: ReadonlySet<string>) {
    this.#btf = btf;
    this.#used = used;
  }

  /** Lays out `type` and all that is reached from it by members that are used. */
  add(type: BtfStruct): void {
    this.#layOut(type);
    for (let next = this.#later.pop(); next !== undefined; next = this.#later.pop()) this.#layOut(next);
  }

  #layOut(type: BtfStruct): void {
    if (this.#known.has(type.id)) return;
    this.#known.add(type.id);
    const fields = this.#usedOf(type.members, 0).flatMap((member) => this.#field(member));
    this.texts.push(`${tagOf(type)} { union { char p_[${type.size}]; ${fields.join(' ')} }; };`);
  }

  /** Members that are used, those of members without a name among them. */
  #usedOf(members: readonly BtfMember[], base: number): BtfMember[] {
    return members.flatMap((member) => {
      const placed = { ...member, bitOffset: base + member.bitOffset };
      if (member.name !== '') return this.#used.has(member.name) ? [placed] : [];
      const type = this.#btf.type(member.type);
      return type.kind === 'struct' ? this.#usedOf(type.members, placed.bitOffset) : [];
    });
  }

  /** Each member is a way of its own to see the whole: the kernel's unions need no care, nor does alignment. */
  #field({ name, type, bitOffset, bits }: BtfMember): string[] {
    const declared = this.#declare(type, name);
    if (declared === null) return [];
    const before = `char p_${name}[${Math.floor(bitOffset / 8)}];`;
    const skipped = bits > 0 && bitOffset % 8 > 0 ? ` unsigned char : ${bitOffset % 8};` : '';
    return [`struct { ${before}${skipped} ${declared}${bits > 0 ? ` : ${bits}` : ''}; } __attribute__((packed));`];
  }

  /** A member in C; null for what no script could read. */
  #declare(id: number, name: string): string | null {
    const type = this.#btf.type(id);
    switch (type.kind) {
      case 'number':
        return `${inC(type)} ${name}`;
      case 'array': {
        const one = this.#declare(type.of, name);
        return one === null ? null : `${one}[${type.length}]`;
      }
      case 'pointer':
        return `${this.#pointed(type.to)} *${name}`;
      case 'struct':
        this.#layOut(type);
        return `${tagOf(type)} ${name}`;
      case 'other':
        return null;
    }
  }

  #pointed(id: number): string {
    const type = this.#btf.type(id);
    if (type.kind === 'number') return inC(type);
    if (type.kind !== 'struct' || this.#usedOf(type.members, 0).length === 0) return 'void';
    this.#later.push(type);
    return tagOf(type);
  }
}

const tagOf = ({ name, id }: BtfStruct): string => `struct ${PREFIX}${name === '' ? `type_${id}` : name}`;

function inC({ size, signed }: Extract<BtfType, { kind: 'number' }>): string {
  const of = size === 1 ? 'char' : size === 2 ? 'short' : size === 4 ? 'int' : 'long long';
  return `${signed ? 'signed' : 'unsigned'} ${of}`;
}
