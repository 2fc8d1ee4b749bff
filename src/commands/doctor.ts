import type { Hook } from '../core/model/hook.ts';
import { doctorText } from '../export/doctor-text.ts';
import type { DoctorReport } from '../formats/doctor.ts';
import { hookRows } from '../sources/machine/hook-rows.ts';
import { type Machine, type MachineOptions, readMachine } from '../sources/machine/machine.ts';
import { auditNetstack } from '../sources/machine/netstack.ts';
import { obstaclesOf } from '../sources/machine/obstacles.ts';
import { type Root, rootAt } from '../sources/machine/root.ts';
import { machineRows, privilegeRows } from '../sources/machine/rows.ts';
import { hasColour } from './colour.ts';

/** Which hooks would be used on such a machine; the same choice as for observing. */
export type ChooseHooks = (machine: Machine) => readonly Hook[] | Promise<readonly Hook[]>;

/** The part of a standard output that is used; `process.stdout` is one. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface DoctorOptions {
  /** One line of JSON ({@link DoctorReport}) instead of text. */
  readonly json: boolean;
  /** `bpftrace`: the configured command. */
  readonly config: { readonly bpftrace: readonly string[] };
  readonly chooseHooks: ChooseHooks;
  readonly stdout: Terminal;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default rootAt('/') */
  readonly root?: Root;
  /** Commands and clock, for machines other than this one. */
  readonly machine?: Pick<MachineOptions, 'ss' | 'nsenter' | 'monotonicNs' | 'socketCalls'>;
}

/**
 * `synoptic doctor [--json]`: what this machine allows, which hooks will be used, what each lack costs and how to mend it. Changes nothing.
 *
 * @returns the exit status: 0 where the machine can be observed, 3 where not.
 */
export async function doctor(options: DoctorOptions): Promise<0 | 3> {
  const { json, config, chooseHooks, stdout, env = process.env, root = rootAt() } = options;
  const machine = await readMachine({ root, bpftrace: config.bpftrace, ...options.machine });
  const report = reportOf(machine, await chooseHooks(machine), root);
  stdout.write(json ? `${JSON.stringify(report)}\n` : doctorText(report, { width: widthOf(stdout), colour: hasColour(stdout, env) }));
  return report.observable ? 0 : 3;
}

function reportOf(machine: Machine, hooks: readonly Hook[], root: Root): DoctorReport {
  const obstacles = obstaclesOf(machine, hooks);
  return {
    observable: obstacles.length === 0,
    obstacles: [...obstacles],
    machine: machineRows(machine),
    hooks: hookRows(hooks, machine.tracefs.readable.value === true),
    privileges: privilegeRows(machine),
    netstack: auditNetstack(root),
  };
}

/** A terminal's own width within reason; 80 elsewhere, so that files do not depend on where they were made. */
function widthOf({ isTTY = false, columns = 80 }: Terminal): number {
  return isTTY ? Math.min(100, Math.max(60, columns)) : 80;
}
