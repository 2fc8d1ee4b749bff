import type { Field } from '../machine/tracefs.ts';
import { HEARTBEAT, type Parameter, readScript, type Script } from './scripts.ts';

/** What a field reads as on a kernel whose tracepoint lacks it: as the scripts' headers say. -1 would be -EPERM in err, where no errno is positive. */
const ABSENT: Readonly<Record<string, string>> = { err: '(int64)1', reason: '(int64)-1', rx_sk: '(uint64)0' };

/** Up to this version each `args->field` costs 20 ms at the start: bpftrace looks through all tracepoints of the kernel, in each of its passes. */
const SLOW_ARGUMENTS = 17;

export interface ComposeOptions {
  readonly scripts: readonly Pick<Script, 'name' | 'parameters'>[];
  /** The fields of a tracepoint on this kernel. */
  fields(tracepoint: string): ReadonlyMap<string, Field> | null;
  /** Replace `$1`, `$2`, … in each script that names them. */
  readonly parameters: Readonly<Record<Parameter, number>>;
  /** bpftrace's, major × 1000 + minor. */
  readonly version: number;
  /** Where a socket's lock says on this kernel whether a process holds it. */
  readonly lockOwner: 'owned' | 'combined';
}

/**
 * One program out of several scripts, the heartbeat first. The scripts stay as they are, but for comments, for their parameters, for what stands between `// where $1` and
 * `// end` and has no such parameter (0), for the owner of a socket's lock, and for tracepoint fields: one that this kernel does not have would fail the whole program, and an
 * old bpftrace is slow to find them.
 */
export function compose(options: ComposeOptions): string {
  return [HEARTBEAT, ...options.scripts].map((script) => adapt(script, options)).join('\n');
}

function adapt({ name, parameters }: ComposeOptions['scripts'][number], options: ComposeOptions): string {
  // Read by its place a field costs a call of a helper: not where each transition would pay for it.
  const byPlace = options.version <= SLOW_ARGUMENTS && !parameters.includes('transitions');
  const owner = options.lockOwner === 'owned' ? '$&' : '($$sk->sk_lock.combined & 0xffffffff)';
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
        .replace(/\$sk->sk_lock\.owned/g, owner)
        .replace(/args->(\w+)/g, (use, field: string) => {
          if (present === null) return use;
          const found = present.get(field);
          if (found === undefined) return ABSENT[field] ?? use;
          return place ? (placeOf(found) ?? use) : use;
        }),
    );
    if (line === '{' && present !== null && byPlace) lines.push('  $record = (uint64)args;');
  }
  return lines.join('\n');
}

/** A number in the record; null for what is none: an array, or text elsewhere. */
function placeOf({ type, size, offset, signed }: Field): string | null {
  if (type.includes('[') || ![1, 2, 4, 8].includes(size)) return null;
  return `*(${signed ? 'int' : 'uint'}${size * 8} *)($record + ${offset})`;
}

function parameterOf(parameter: Parameter | undefined, { parameters }: ComposeOptions): string | null {
  return parameter === undefined ? null : String(parameters[parameter]);
}
