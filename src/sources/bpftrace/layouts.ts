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
  /** By their names: of two types with one name the first stands, as C has no room for both. */
  readonly #known = new Set<string>();
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
    const tag = tagOf(type);
    if (this.#known.has(tag)) return;
    this.#known.add(tag);
    const fields = this.#usedOf(type.members, 0).flatMap((member) => this.#field(member));
    this.texts.push(`${tag} { union { char p_[${type.size}]; ${fields.join(' ')} }; };`);
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
      case 'number': {
        const number = inC(type);
        return number === null ? null : `${number} ${name}`;
      }
      case 'array':
        return this.#declare(type.of, `${name}[${type.length}]`);
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
    if (type.kind === 'number') return inC(type) ?? 'void';
    if (type.kind !== 'struct' || this.#usedOf(type.members, 0).length === 0) return 'void';
    this.#later.push(type);
    return tagOf(type);
  }
}

const tagOf = ({ name, id }: BtfStruct): string => `struct ${PREFIX}${name === '' ? `type_${id}` : name}`;

const IN_C: ReadonlyMap<number, string> = new Map([
  [1, 'char'],
  [2, 'short'],
  [4, 'int'],
  [8, 'long long'],
]);

/** Null for what bpftrace has no number for. A byte with a sign is text, which it knows as `char` alone. */
function inC({ size, signed }: Extract<BtfType, { kind: 'number' }>): string | null {
  const of = IN_C.get(size);
  if (of === undefined) return null;
  return signed ? of : `unsigned ${of}`;
}
