import { placeIn } from '../../core/model/cgroup.ts';
import type { Owner } from '../../core/model/owner.ts';
import type { Root } from '../machine/root.ts';
import type { PodNames } from './pod-names.ts';

/** What /proc/PID/stat says of a process. */
export interface Started {
  /** Clock ticks since the machine's start, in decimal; together with the pid this is one process. */
  readonly ticks: string;
  readonly comm: string;
  /** Whether it is on its way out: cgroup v1 then shows it in the root of every hierarchy. */
  readonly exiting: boolean;
}

/** Linux tells user space 100 ticks a second, whatever its own timer does (USER_HZ). */
export const TICK_NS = 10e6;
/** include/linux/sched.h */
const PF_EXITING = 4;

/** Whether a pid is anybody's. */
export type Exists = (pid: number) => boolean;

/** Signal 0 is not delivered: it asks whether one could be. */
export const exists: Exists = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Who has a pid now. A mount of /proc with `hidepid` shows others' processes as if they were not there: that is `hidden`. */
export function whoHas(root: Root, pid: number, isThere: Exists): Started | 'gone' | 'hidden' {
  const { text, error } = root.read(`/proc/${pid}/stat`);
  // ESRCH: it ended while its file was open.
  if (text === null) return (error === 'ENOENT' || error === 'ESRCH') && !isThere(pid) ? 'gone' : 'hidden';
  // The name may hold anything, brackets too: it ends at the last one.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const ticks = fields[19] ?? '';
  if (end < 0 || !/^\d+$/.test(ticks)) return 'gone';
  return { ticks, comm: text.slice(text.indexOf('(') + 1, end), exiting: (Number(fields[6]) & PF_EXITING) !== 0 };
}

/**
 * All that is told of a process, from two small files of the kernel's own making. Nothing that the process itself provides is read (its
 * environment, its files): that could hold us.
 *
 * @returns `gone` too where it went, or another took its pid, before all was read.
 */
export function lookAt(root: Root, pid: number, pods: PodNames, { nowMs, isThere }: { nowMs: number; isThere: Exists }) {
  const before = whoHas(root, pid, isThere);
  if (typeof before === 'string') return before;
  const cgroup = root.read(`/proc/${pid}/cgroup`);
  const after = whoHas(root, pid, isThere);
  if (typeof after === 'string') return after;
  if (after.ticks !== before.ticks) return 'gone';
  const { container, podUid, unit } = placeIn(cgroup.text ?? '');
  if (after.exiting && container === null && podUid === null && unit === null) return 'gone';
  // A kernel without cgroups has no such file, and nothing to hide.
  const lack = cgroup.text === null && cgroup.error !== 'ENOENT' ? 'hidden' : null;
  const owner: Owner = { pid, comm: before.comm, unit, container, pod: podUid === null ? null : pods.of(podUid, nowMs), lack };
  return { ticks: before.ticks, owner };
}
