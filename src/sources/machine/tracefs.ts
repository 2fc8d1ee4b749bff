import { type Fact, fact } from './fact.ts';
import type { Root } from './root.ts';

/** A field of a tracepoint's record. */
export interface Field {
  /** C type, an array's length included: `int`, `__u8[16]`, `const void *`. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Where in the record it begins, bytes. */
  readonly offset: number;
  readonly signed: boolean;
}

/** What this kernel says of its own tracepoints. */
export interface Tracefs {
  /** Where bpftrace finds it: /sys/kernel/tracing or /sys/kernel/debug/tracing; null where it is at neither. */
  readonly folder: Fact<string | null>;
  /** Whether its events may be read; false where it is not mounted. */
  readonly readable: Fact<boolean>;
  /** The fields of a tracepoint without the common ones; null where this kernel does not have it or does not show it. */
  readFormat(category: string, name: string): ReadonlyMap<string, Field> | null;
  /** The names that this kernel prints for the numbers of a field, for example drop reasons; empty where it prints none. */
  readSymbols(category: string, name: string, field: string): Readonly<Record<number, string>>;
}

/** bpftrace looks in these two and nowhere else. */
const USUAL = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'] as const;

export function tracefsOf(root: Root): Tracefs {
  const folder = folderOf(root);
  const formats = new Map<string, string | null>();
  const formatText = (category: string, name: string): string | null => {
    if (folder.value === null) return null;
    const path = `${folder.value}/events/${category}/${name}/format`;
    const known = formats.get(path);
    if (known !== undefined) return known;
    const { text } = root.read(path);
    formats.set(path, text);
    return text;
  };
  return {
    folder,
    readable: readableOf(root, folder.value),
    readFormat(category, name) {
      const text = formatText(category, name);
      return text === null ? null : parseFormat(text);
    },
    readSymbols: (category, name, field) => parseSymbols(formatText(category, name) ?? '', field),
  };
}

function folderOf(root: Root): Fact<string | null> {
  const mounts = root.read('/proc/self/mounts').text ?? '';
  const mounted = mounts.split('\n').flatMap((line) => {
    const [, target, type] = line.split(' ');
    return type === 'tracefs' && target !== undefined ? [target] : [];
  });
  // debugfs mounts tracefs by itself once somebody looks there, so a folder that lists events counts even without a line in mounts.
  const found = USUAL.find((path) => mounted.includes(path) || root.exists(`${path}/events`));
  if (found !== undefined) return fact(found, mounted.includes(found) ? '/proc/self/mounts' : `${found}/events`);
  const elsewhere =
    mounted[0] === undefined ? 'no tracefs in /proc/self/mounts' : `tracefs only at ${mounted[0]}, where bpftrace does not look`;
  return fact(null, `${elsewhere}; no ${USUAL[0]}/events`);
}

function readableOf(root: Root, folder: string | null): Fact<boolean> {
  if (folder === null) return fact(false, 'not mounted');
  const path = `${folder}/available_events`;
  const { error } = root.read(path);
  return fact(error === null, error === null ? path : `${path}: ${error}`);
}

/**
 * Parses a `format` file (Documentation/trace/events.rst §2.3): `field:__u8 saddr[4];	offset:32;	size:4;	signed:0;`. The common fields
 * come first, before an empty line.
 */
export function parseFormat(text: string): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  const line = /^\s*field:([^;]+);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d);)?/gm;
  for (const [, declaration = '', offset, size, signed] of text.matchAll(line)) {
    const [, type = '', name = '', array = ''] = /^(.*?)([A-Za-z_]\w*)\s*((?:\[\w*\])*)$/.exec(declaration.trim()) ?? [];
    if (name !== '' && !name.startsWith('common_')) {
      fields.set(name, { type: type.trim() + array, size: Number(size), offset: Number(offset), signed: signed === '1' });
    }
  }
  return fields;
}

/**
 * The pairs of `__print_symbolic(REC->field, { 2, "NOT_SPECIFIED" }, …)` in a `print fmt` line, by number. Pairs whose number is an
 * enumeration's name (where the kernel did not resolve it) are left out.
 */
export function parseSymbols(text: string, field: string): Readonly<Record<number, string>> {
  const symbols: Record<number, string> = {};
  const call = new RegExp(String.raw`__print_symbolic\(\s*REC->${field}\s*(?=,)`).exec(text);
  if (call === null) return symbols;
  const pair = /\s*,\s*\{\s*([^\s,{}]+)\s*,\s*"((?:[^"\\]|\\.)*)"\s*\}/y;
  pair.lastIndex = call.index + call[0].length;
  for (let found = pair.exec(text); found !== null; found = pair.exec(text)) {
    const number = Number(found[1]);
    if (Number.isInteger(number) && found[2] !== undefined) symbols[number] = found[2];
  }
  return symbols;
}
