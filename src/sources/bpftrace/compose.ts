import type { Field } from '../machine/tracefs.ts';
import type { Btf } from './btf.ts';
import { withLayouts } from './layouts.ts';
import { HEARTBEAT, type Parameter, readScript, type Script } from './scripts.ts';

/** What a field reads as on a kernel whose tracepoint lacks it: as the scripts' headers say. -1 would be -EPERM in err, where no errno is positive. */
const ABSENT: Readonly<Record<string, string>> = { err: '(int64)1', reason: '(int64)-1', rx_sk: '(uint64)0' };

/** Up to this version each `args->field` costs 20 ms at the start: bpftrace looks through all tracepoints of the kernel, in each of its passes. */
const SLOW_ARGUMENTS = 17;

/**
 * Up to this version bpftrace fetches all types that the structs of a program point to, and parses them again and again: 0.7 s. 0.25 takes `args` from
 * BTF, and fetches what it needs.
 */
const SLOW_STRUCTS = 24;

export interface ComposeOptions {
  readonly scripts: readonly Pick<Script, 'name' | 'parameters'>[];
  /** The fields of a tracepoint on this kernel. */
  fields(tracepoint: string): ReadonlyMap<string, Field> | null;
  /** Replace `$1`, `$2`, … in each script that names them. */
  readonly parameters: Readonly<Record<Parameter, number>>;
  /** bpftrace's, major × 1000 + minor. */
  readonly version: number;
  /** This kernel's types, asked for where they are needed; null where it has none. */
  types(): Btf | null;
}

/**
 * One program out of several scripts, the heartbeat first. The scripts stay as they are, but for comments, for their parameters, for what stands between `// where $1` and
 * `// end` and has no such parameter (0), and for tracepoint fields: one that this kernel does not have would fail the whole program. An old bpftrace is told where fields
 * and members lie: it is slow to find them, and does not find those of a struct without a name.
 */
export function compose(options: ComposeOptions): string {
  const types = options.version <= SLOW_STRUCTS ? options.types() : null;
  const program = [HEARTBEAT, ...options.scripts].map((script) => adapt(script, options, types !== null)).join('\n');
  return types === null ? program : withLayouts(program, types);
}

/** `structs`: whether the kernel's structs are known, by which an address in a record is read. */
function adapt({ name, parameters }: ComposeOptions['scripts'][number], options: ComposeOptions, structs: boolean): string {
  // Read by its place a field costs a call of a helper: not where each transition would pay for it.
  const byPlace = options.version <= SLOW_ARGUMENTS && !parameters.includes('transitions');
  let known: ReadonlyMap<string, Field> | null = null;
  const lines: string[] = [];
  let leftOut = false;
  for (const line of readScript(name).split('\n')) {
    const where = /^\s*\/\/ where \$(\d)$/.exec(line);
    if (where !== null) leftOut = parameterOf(parameters[Number(where[1]) - 1], options) === '0';
    else if (line.trim() === '// end') leftOut = false;
    if (leftOut) continue;
    if (line.trim() === '' || line.startsWith('#!') || line.trimStart().startsWith('//')) continue;
    const probe = /^tracepoint:(\w+:\w+)/.exec(line);
    if (probe !== null) known = options.fields(probe[1] ?? '');
    if (line === '}') known = null;
    const present = known;
    // In a predicate no variable is set yet.
    const place = byPlace && !line.startsWith('/');
    lines.push(
      line
        .replace(/\$(\d)/g, (use, number: string) => parameterOf(parameters[Number(number) - 1], options) ?? use)
        .replace(/(\bbuf\()?args->(\w+)/g, (use, buf: string | undefined, field: string) => {
          if (present === null) return use;
          const found = present.get(field);
          if (found === undefined) return ABSENT[field] ?? use;
          if (!place) return use;
          if (buf === undefined) return placeOf(found, structs) ?? use;
          return isInline(found) ? `${buf}$record + ${found.offset}` : use;
        }),
    );
    if (line === '{' && present !== null && byPlace) lines.push('  $record = (uint64)args;');
  }
  return lines.join('\n');
}

/** A number or an IPv6 address in the record; null for what is neither: text elsewhere. */
function placeOf({ type, size, offset, signed }: Field, structs: boolean): string | null {
  if (type === '__u8[16]' && structs) return `((struct in6_addr *)($record + ${offset}))->in6_u.u6_addr8`;
  if (type.includes('[') || ![1, 2, 4, 8].includes(size)) return null;
  return `*(${signed ? 'int' : 'uint'}${size * 8} *)($record + ${offset})`;
}

/** An array in the record itself. */
const isInline = ({ type }: Field): boolean => type.endsWith(']') && !type.startsWith('__data_loc');

function parameterOf(parameter: Parameter | undefined, { parameters }: ComposeOptions): string | null {
  return parameter === undefined ? null : String(parameters[parameter]);
}
