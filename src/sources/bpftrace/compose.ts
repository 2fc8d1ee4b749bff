import { readScript } from './scripts.ts';

/** What a field reads as on a kernel whose tracepoint lacks it: as the scripts' headers say. -1 would be -EPERM in err, where no errno is positive. */
const ABSENT: Readonly<Record<string, string>> = { err: '(int64)1', reason: '(int64)-1', rx_sk: '(uint64)0' };

export interface ComposeOptions {
  /** Scripts in bpf/, without .bt. */
  readonly scripts: readonly string[];
  /** The fields of a tracepoint on this kernel. */
  fields(tracepoint: string): ReadonlySet<string> | null;
  /** Replaces `$1` in drop.bt: a drop reason that is not worth a record; 0 for none. */
  readonly quietReason: number;
}

/**
 * One program out of several scripts, the heartbeat first. The scripts stay as they are, but for comments, for `$1`, and for tracepoint fields that this
 * kernel does not have: one missing field would fail the whole program.
 */
export function compose(options: ComposeOptions): string {
  return ['heartbeat', ...options.scripts].map((name) => adapt(readScript(name), options)).join('\n');
}

function adapt(text: string, { fields, quietReason }: ComposeOptions): string {
  let known: ReadonlySet<string> | null = null;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#!') || line.trimStart().startsWith('//')) continue;
    const probe = /^tracepoint:(\w+:\w+)/.exec(line);
    if (probe !== null) known = fields(probe[1] ?? '');
    const present = known;
    lines.push(
      line
        .replaceAll('$1', String(quietReason))
        .replace(/args->(\w+)/g, (use, name: string) => (present === null || present.has(name) ? use : (ABSENT[name] ?? use))),
    );
  }
  return lines.join('\n');
}
