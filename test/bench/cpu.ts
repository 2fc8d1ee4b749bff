import { readFileSync } from 'node:fs';
import { descendants } from '../lab/processes.ts';

/** sysconf(_SC_CLK_TCK): 100 on every Linux, whatever the kernel's HZ. */
const TICKS_PER_SECOND = 100;

/**
 * CPU time used so far by a process and everything below it, seconds. That of children which have ended is in their parents' figures
 * once they are waited for, so nothing is counted twice and little is missed.
 */
export function cpuSecondsOf(root: number): number {
  return [root, ...descendants(root).map(({ pid }) => pid)].reduce((sum, pid) => sum + secondsOf(pid), 0);
}

function secondsOf(pid: number): number {
  try {
    return cpuTicksIn(readFileSync(`/proc/${pid}/stat`, 'latin1')) / TICKS_PER_SECOND;
  } catch {
    return 0; // ended between the listing and the reading
  }
}

/** utime + stime + cutime + cstime of a /proc/PID/stat, proc_pid_stat(5) fields 14 to 17; comm may hold any character. */
export function cpuTicksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
}

/** Share of this machine's whole CPU time that was used between two readings of /proc/stat, 0 to 1. */
export function busyBetween(before: string, after: string): number {
  const [a, b] = [before, after].map((text) => {
    const times = (text.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
    const idle = (times[3] ?? 0) + (times[4] ?? 0);
    return { idle, all: times.reduce((sum, time) => sum + time, 0) };
  });
  if (a === undefined || b === undefined || b.all <= a.all) return 0;
  return 1 - (b.idle - a.idle) / (b.all - a.all);
}
