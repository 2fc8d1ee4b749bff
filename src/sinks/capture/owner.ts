import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Who writes into a folder: a process, told apart from a later one with its number by when it started, on which boot, in which pid namespace. */
const Owner = z.strictObject({ pid: z.int().positive(), started: z.string(), boot: z.string(), pids: z.string() });
type Owner = z.infer<typeof Owner>;

const NAME = 'owner.json';

/** Says that this process writes here. */
export async function own(folder: string): Promise<void> {
  await writeFile(join(folder, NAME), JSON.stringify(ourselves()), { mode: 0o600 });
}

/** Whether somebody writes here still; null where that cannot be told: another container's process, or nothing that says who. */
export async function isOwned(folder: string): Promise<boolean | null> {
  let owner: Owner;
  try {
    owner = Owner.parse(JSON.parse(await readFile(join(folder, NAME), 'utf8')));
  } catch {
    return null;
  }
  const here = ourselves();
  if (owner.boot !== here.boot) return false;
  if (owner.pids !== here.pids) return null;
  return startedOf(owner.pid) === owner.started;
}

function ourselves(): Owner {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { pid: process.pid, started: startedOf(process.pid) ?? '', boot, pids: readlinkSync('/proc/self/ns/pid') };
}

/** Field 22 of /proc/PID/stat, ticks since boot; null where there is no such process, or only what is left of one. */
function startedOf(pid: number): string | null {
  try {
    // The name before it is in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
