import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** A network namespace of this machine, and how to get at it. */
export interface NetNamespace {
  /** Inode number: what the kernel calls `ns.inum`. Recycled within minutes of a namespace's end. */
  readonly netns: number;
  /** Whether it is the observer's own. */
  readonly own: boolean;
  /** A process in it, or null where only a bind mount keeps it alive. */
  readonly pid: number | null;
  /** Its names under /run/netns (`ip netns add NAME`), sorted. */
  readonly names: readonly string[];
  /** A file that stands for it, for `nsenter --net=PATH`. */
  readonly path: string;
}

export interface NetNamespaces {
  /** The own one first, then named ones, then the others by inode number. */
  readonly namespaces: readonly NetNamespace[];
  /** Namespaces found beyond the limit. */
  readonly leftOut: number;
  /** Processes whose namespace may not be read; without root that is every other user's. */
  readonly hidden: number;
}

export interface NetNamespaceOptions {
  /** At most so many are listed. @default 256 */
  readonly limit?: number;
  /** @default '/proc' */
  readonly proc?: string;
  /** Where `ip netns` keeps its bind mounts. @default '/run/netns' */
  readonly run?: string;
}

interface Found {
  pid: number | null;
  names: string[];
  path: string;
}

/** Between so many processes other work gets its turn: one readlink takes about 4 µs. */
const PROCESSES_A_TURN = 256;

/**
 * The distinct network namespaces that this process can see, through /proc/PID/ns/net and /run/netns. Processes that vanish meanwhile
 * are passed over. A namespace held only by an open file descriptor or a bind mount elsewhere is not found.
 */
export async function listNetNamespaces(options: NetNamespaceOptions = {}): Promise<NetNamespaces> {
  const { limit = 256, proc = '/proc', run = '/run/netns' } = options;
  const self = statSync(join(proc, 'self/ns/net'));
  const found = new Map<number, Found>([[self.ino, { pid: null, names: [], path: join(proc, 'self/ns/net') }]]);

  for (const { name, netns } of named(run, self.dev)) {
    const known = found.get(netns);
    if (known === undefined) found.set(netns, { pid: null, names: [name], path: join(run, name) });
    else known.names.push(name);
  }

  let hidden = 0;
  let turn = 0;
  for (const pid of processes(proc)) {
    turn += 1;
    if (turn % PROCESSES_A_TURN === 0) await setImmediate();
    const path = join(proc, String(pid), 'ns/net');
    const netns = netnsBehind(path);
    if (netns === 'hidden') hidden += 1;
    if (typeof netns !== 'number') continue;
    const known = found.get(netns);
    if (known === undefined) found.set(netns, { pid, names: [], path });
    else known.pid ??= pid;
  }

  const all = [...found]
    .map(([netns, { pid, names, path }]) => ({ netns, own: netns === self.ino, pid, names: names.sort(), path }))
    .sort((a, b) => rank(a) - rank(b) || a.netns - b.netns);
  return { namespaces: all.slice(0, limit), leftOut: Math.max(0, all.length - limit), hidden };
}

/**
 * The number of the process or thread that was begun last, as far as this process sees (proc_loadavg(5)). While it stays the same, no process
 * has come that could be in a namespace of its own; one that was there may still have left for a new one. Null where nothing tells.
 */
export function lastPid(proc = '/proc'): number | null {
  try {
    return Number(/ (\d+)\n$/.exec(readFileSync(join(proc, 'loadavg'), 'latin1'))?.[1] ?? Number.NaN) || null;
  } catch {
    return null;
  }
}

/**
 * Calls `use` with an open file of the namespace, so that it can neither end nor be taken for another meanwhile. Null where it is
 * gone, where its inode now belongs to another, or where it may not be opened.
 */
export async function heldOpen<T>(namespace: NetNamespace, use: (fd: number) => Promise<T>): Promise<T | null> {
  let fd: number;
  try {
    fd = openSync(namespace.path, 'r');
  } catch {
    return null;
  }
  try {
    return fstatSync(fd).ino === namespace.netns ? await use(fd) : null;
  } finally {
    closeSync(fd);
  }
}

/** `/proc/PID/ns/net` → its inode; `gone` where the process is, `hidden` where reading it is not allowed. */
export function netnsBehind(path: string): number | 'gone' | 'hidden' {
  try {
    return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? Number.NaN) || 'gone';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'EACCES' || code === 'EPERM' ? 'hidden' : 'gone';
  }
}

/** The bind mounts in `run`; a file there that is no namespace (its mount is gone) has another device. */
function named(run: string, nsfs: number): { name: string; netns: number }[] {
  return names(run).flatMap((name) => {
    const stat = statSync(join(run, name), { throwIfNoEntry: false });
    return stat?.dev === nsfs ? [{ name, netns: stat.ino }] : [];
  });
}

function processes(proc: string): number[] {
  return names(proc).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function rank(namespace: NetNamespace): number {
  if (namespace.own) return 0;
  return namespace.names.length > 0 ? 1 : 2;
}
