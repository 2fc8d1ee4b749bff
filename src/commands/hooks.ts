import { execa } from 'execa';
import { versionNumber } from '../core/model/bpftrace-version.ts';
import { type Attachable, type Choice, choose } from '../sources/bpftrace/choose.ts';
import type { Machine } from '../sources/machine/machine.ts';
import type { Field } from '../sources/machine/tracefs.ts';

/** Chooses for this machine the script of each fact. `refused`: scripts that were tried here and failed, with why. */
export async function chooseHooks(
  machine: Machine,
  command: readonly string[],
  refused: ReadonlyMap<string, string> = new Map(),
): Promise<Choice[]> {
  return choose(await attachable(machine, command), refused);
}

async function attachable(machine: Machine, command: readonly string[]): Promise<Attachable> {
  const version = versionOf(machine);
  const raw = version >= 23 ? await rawTracepoints(command) : new Set<string>();
  return {
    version,
    btf: machine.kernel.btf.value,
    fields: (tracepoint) => fieldsOf(machine, tracepoint),
    hasRawTracepoint: (name) => raw.has(name),
    // Where kprobes exist these functions have been traceable in every kernel tried; attaching is the proof.
    hasKprobe: () => machine.kernel.kprobes.value === true,
  };
}

/** The fields of a tracepoint (`sock:inet_sock_set_state`) on this kernel; null where it has none such. */
export function fieldsOf(machine: Machine, tracepoint: string): ReadonlyMap<string, Field> | null {
  const [category = '', name = ''] = tracepoint.split(':');
  return machine.tracefs.readFormat(category, name);
}

/** bpftrace's version as a number to compare, 0 where there is none. */
export function versionOf(machine: Machine): number {
  return versionNumber(machine.tools.bpftrace.value?.version ?? '0.0');
}

/** Only bpftrace knows which raw tracepoints it can attach: 0.27 finds none where available_filter_functions cannot be read. */
async function rawTracepoints([file = 'bpftrace', ...words]: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout } = await execa(file, [...words, '-l', 'rawtracepoint:inet_*'], { reject: false, timeout: 30_000, stdin: 'ignore' });
  // `rawtracepoint:NAME` in 0.23, `rawtracepoint:vmlinux:NAME` in 0.27.
  return new Set((stdout ?? '').split('\n').map((line) => line.slice(line.lastIndexOf(':') + 1)));
}
