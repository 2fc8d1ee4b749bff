import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src/sources/bpftrace/btf.ts';
import { withLayouts } from '../../../src/sources/bpftrace/layouts.ts';
import { array, bitStruct, btfOf, int, plain, pointer, struct, union } from './made-btf.ts';

/** As a kernel's: a lock with a struct without a name in it, a namespace behind a pointer that points back, an address seen in two ways. */
const BTF = new Btf(
  btfOf(
    int('int', 4, true), // 1
    int('unsigned char', 1),
    struct('sock', 128, { name: 'common', type: 4 }, { name: 'err', type: 1, bitOffset: 512 }, { name: 'lock', type: 9, bitOffset: 640 }),
    struct('common', 64, { name: 'net', type: 7 }, { name: 'addr', type: 13, bitOffset: 128 }, { name: 'unused', type: 8, bitOffset: 256 }),
    struct('net', 4288, { name: 'inum', type: 1, bitOffset: 192 }, { name: 'listener', type: 6 }), // 5
    pointer(3),
    pointer(11),
    pointer(12),
    struct('', 8, { type: 10, bitOffset: 32 }, { name: 'text', type: 14 }),
    struct('owner', 4, { name: 'owned', type: 2 }), // 10
    plain(10, '', 5),
    struct('huge', 9000, { name: 'nothing', type: 1 }),
    union('', 16, { name: 'bytes', type: 15 }, { name: 'words', type: 16 }),
    pointer(2),
    array(2, 16), // 15
    array(1, 4),
    array(15, 3),
    struct('odd', 64, { name: 'grid', type: 17 }, { name: 'text', type: 19, bitOffset: 384 }, { name: 'wide', type: 21 }),
    array(20, 8),
    int('char', 1, true), // 20
    int('__int128', 16),
    bitStruct('request', 8, { name: 'flag', type: 2, bitOffset: 40, bits: 1 }, { name: 'tries', type: 2, bitOffset: 41, bits: 7 }),
  ),
);

/** The layouts alone, by name: size, then each member. */
const layouts = (program: string) =>
  new Map(
    withLayouts(program, BTF)
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [, name = '', size = '', rest = ''] = /^struct synoptic_(\w+) \{ union \{ char p_\[(\d+)\]; (.*) \}; \};$/.exec(line) ?? [];
        return [name, [size, ...rest.split(/ __attribute__\(\(packed\)\); ?/).slice(0, -1)]];
      }),
  );

describe('a program with layouts of its own', () => {
  it('names them in place of the kernel’s structs, in casts and nowhere else', () => {
    const program = '$sk = (struct sock *)arg0; printf("%d", $sk->err);';
    expect(withLayouts(program, BTF).split('\n').at(-1)).toBe('$sk = (struct synoptic_sock *)arg0; printf("%d", $sk->err);');
  });

  it('has of each struct those members alone that it names, at their places, in its size', () => {
    expect(layouts('((struct sock *)arg0)->err')).toEqual(new Map([['sock', ['128', 'struct { char p_err[64]; int err; }']]]));
  });

  it('follows a pointer to what is named behind it, though that points back, and no other', () => {
    const made = layouts('((struct sock *)arg0)->common.net->inum; $x->unused; $y->listener');
    expect([...made.keys()]).toEqual(['common', 'sock', 'net']);
    expect(made.get('common')).toContain('struct { char p_net[0]; struct synoptic_net *net; }');
    expect(made.get('common')).toContain('struct { char p_unused[32]; void *unused; }');
    expect(made.get('net')).toContain('struct { char p_inum[24]; int inum; }');
    expect(made.get('net')).toContain('struct { char p_listener[0]; struct synoptic_sock *listener; }');
  });

  it('finds what lies in a struct without a name, as Linux 7 keeps the owner of a socket’s lock', () => {
    const made = layouts('((struct sock *)arg0)->lock.owned + $x->text');
    expect(made.get('sock')).toContain('struct { char p_lock[80]; struct synoptic_type_9 lock; }');
    expect(made.get('type_9')).toContain('struct { char p_owned[4]; unsigned char owned; }');
    expect(made.get('type_9')).toContain('struct { char p_text[0]; unsigned char *text; }');
  });

  it('sees a union in each of its ways', () => {
    const made = layouts('((struct sock *)arg0)->common.addr.bytes; $x->addr.words[2]');
    expect(made.get('type_13')).toEqual([
      ...['16', 'struct { char p_bytes[0]; unsigned char bytes[16]; }', 'struct { char p_words[0]; int words[4]; }'],
    ]);
  });

  it('keeps the bits of a bit field', () => {
    expect(layouts('((struct request *)arg0)->tries').get('request')).toEqual([
      ...['8', 'struct { char p_tries[5]; unsigned char : 1; unsigned char tries : 7; }'],
    ]);
  });

  it('has arrays of arrays in their order, text as text, and nothing for what bpftrace has no number for', () => {
    expect(layouts('((struct odd *)arg0)->grid; $x->text; $x->wide').get('odd')).toEqual([
      ...['64', 'struct { char p_grid[0]; unsigned char grid[3][16]; }', 'struct { char p_text[48]; char text[8]; }'],
    ]);
  });

  it('has one layout of a name, though the kernel has two types of it', () => {
    const twice = new Btf(
      btfOf(
        int('int', 4),
        struct('one', 8, { name: 'a', type: 1 }, { name: 'b', type: 3 }),
        pointer(4),
        union('one', 4, { name: 'a', type: 1 }),
      ),
    );
    expect(withLayouts('((struct one *)arg0)->b->a', twice).match(/struct synoptic_one \{/g)).toHaveLength(1);
  });

  it('stays as it was where this kernel lacks one of its structs', () => {
    const program = '((struct sock *)arg0)->err; ((struct of_later *)arg1)->x';
    expect(withLayouts(program, BTF)).toBe(program);
  });
});
