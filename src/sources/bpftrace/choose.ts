import type { Hook } from '../../core/model/hook.ts';
import { FACTS, type Fact, type Needs, type Script } from './scripts.ts';

/** What choosing must know of the machine. */
export interface Attachable {
  /** bpftrace's version, major × 1000 + minor: 17 for 0.17. */
  readonly version: number;
  readonly btf: boolean;
  /** The fields of a tracepoint, or null where there is none: `sock:inet_sock_set_state`. */
  fields(tracepoint: string): Pick<ReadonlySet<string>, 'has'> | null;
  hasRawTracepoint(name: string): boolean;
  hasKprobe(name: string): boolean;
}

/** The script chosen for each fact; null where none can attach, with the reason in the hook. */
export interface Choice {
  readonly fact: Fact;
  readonly script: Script | null;
  readonly hook: Hook;
}

/** Picks for each fact the best script that this machine can attach. `refused`: scripts that were tried and failed, with why. */
export function choose(machine: Attachable, refused: ReadonlyMap<string, string> = new Map()): Choice[] {
  return FACTS.map((fact) => {
    const reasons: string[] = [];
    for (const script of fact.scripts) {
      const lacking = refused.get(script.name) ?? lackingOf(script.needs, machine);
      if (lacking === null) return { fact, script, hook: { fact: fact.name, script: script.name, lack: script.lack } };
      reasons.push(`${script.name}: ${lacking}`);
    }
    return { fact, script: null, hook: { fact: fact.name, script: null, lack: reasons.join('; ') } };
  });
}

function lackingOf(needs: Needs, machine: Attachable): string | null {
  if (needs.version !== undefined && machine.version < needs.version) return `needs bpftrace 0.${needs.version}`;
  if (needs.before !== undefined && machine.version >= needs.before) return `kernels refuse it from bpftrace 0.${needs.before} on`;
  if (needs.btf === true && !machine.btf) return 'needs BTF (/sys/kernel/btf/vmlinux)';
  for (const name of needs.tracepoints ?? []) if (machine.fields(name) === null) return `no tracepoint ${name}`;
  for (const field of needs.fields ?? []) {
    const [tracepoint = '', name = ''] = field.split(' ');
    if (machine.fields(tracepoint)?.has(name) !== true) return `tracepoint ${tracepoint} has no ${name} on this kernel`;
  }
  if (needs.rawTracepoint !== undefined && !machine.hasRawTracepoint(needs.rawTracepoint)) {
    return `no raw tracepoint ${needs.rawTracepoint} for this bpftrace`;
  }
  for (const name of needs.kprobes ?? []) if (!machine.hasKprobe(name)) return `no kprobe on ${name}`;
  return null;
}
