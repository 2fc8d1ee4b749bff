import { type Parameter, readScript, type Script } from './scripts.ts';

/** What a field reads as on a kernel whose tracepoint lacks it: as the scripts' headers say. -1 would be -EPERM in err, where no errno is positive. */
const ABSENT: Readonly<Record<string, string>> = { err: '(int64)1', reason: '(int64)-1', rx_sk: '(uint64)0' };

export interface ComposeOptions {
  readonly scripts: readonly Pick<Script, 'name' | 'parameters'>[];
  /** The fields of a tracepoint on this kernel. */
  fields(tracepoint: string): ReadonlySet<string> | null;
  /** Replace `$1`, `$2`, … in each script that names them. */
  readonly parameters: Readonly<Record<Parameter, number>>;
}

/**
 * One program out of several scripts, the heartbeat first. The scripts stay as they are, but for comments, for their parameters, and for tracepoint fields that this
 * kernel does not have: one missing field would fail the whole program.
 */
export function compose(options: ComposeOptions): string {
  return [{ name: 'heartbeat', parameters: [] }, ...options.scripts].map((script) => adapt(script, options)).join('\n');
}

function adapt({ name, parameters }: ComposeOptions['scripts'][number], options: ComposeOptions): string {
  let known: ReadonlySet<string> | null = null;
  const lines: string[] = [];
  for (const line of readScript(name).split('\n')) {
    if (line.trim() === '' || line.startsWith('#!') || line.trimStart().startsWith('//')) continue;
    const probe = /^tracepoint:(\w+:\w+)/.exec(line);
    if (probe !== null) known = options.fields(probe[1] ?? '');
    const present = known;
    lines.push(
      line
        .replace(/\$(\d)/g, (use, number: string) => parameterOf(parameters[Number(number) - 1], options) ?? use)
        .replace(/args->(\w+)/g, (use, field: string) => (present === null || present.has(field) ? use : (ABSENT[field] ?? use))),
    );
  }
  return lines.join('\n');
}

function parameterOf(parameter: Parameter | undefined, { parameters }: ComposeOptions): string | null {
  return parameter === undefined ? null : String(parameters[parameter]);
}
