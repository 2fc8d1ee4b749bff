import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly comm: string;
  /** When it began, in the kernel's ticks: with the pid an identity, alone the pid is none. */
  readonly started: number;
}

/** Fields of /proc/PID/stat; comm stands in brackets and may hold any character. */
function processOf(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const end = stat.lastIndexOf(')');
    const [state, parent, ...rest] = stat.slice(end + 2).split(' ');
    if (state === 'Z') return null;
    return { pid, parent: Number(parent), comm: stat.slice(stat.indexOf('(') + 1, end), started: Number(rest[17]) };
  } catch {
    return null;
  }
}

/** Everything that descends from a process, parents first. */
export function descendants(root: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? []);
  const found: Process[] = [];
  let parents = [root];
  while (parents.length > 0) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map(({ pid }) => pid);
  }
  return found;
}

/** The first descendant of that name; null where there is none. */
export function descendant(root: number, comm: string): Process | null {
  return descendants(root).find((process) => process.comm === comm) ?? null;
}

/** Whether a process is there and not only waiting to be buried. */
export function lives({ pid, started }: Process): boolean {
  return processOf(pid)?.started === started;
}

/** A line of /proc/PID/status: `Uid`, `CapBnd`. */
export function statusOf(pid: number, name: string): string {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`no ${name} of ${pid}`);
  return line.slice(name.length + 1).trim();
}
