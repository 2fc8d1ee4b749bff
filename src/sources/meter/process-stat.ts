import { readFileSync } from 'node:fs';

/** What /proc/PID/stat counts in. */
export interface KernelUnits {
  /** Ticks in a second of CPU time, USER_HZ. */
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

/** One process, all its threads. */
export interface ProcessReading {
  /** When it began, in ticks since boot: with the pid an identity, alone the pid is none. */
  readonly began: number;
  /** User and system time since it began, s, to a tick (10 ms) each. What eBPF programs use is charged to whom they interrupt. */
  readonly cpuSeconds: number;
  /** The same of its children that have ended and been waited for. */
  readonly childrenCpuSeconds: number;
  readonly rssBytes: number;
}

/** getauxval(3): AT_PAGESZ and AT_CLKTCK, and what nearly every Linux has. */
const AUXV = { pageBytes: 6n, ticksPerSecond: 17n };
const USUAL: KernelUnits = { ticksPerSecond: 100, pageBytes: 4096 };

/** This kernel's units. After this process has become another user /proc/self/auxv is closed to it: then the usual ones. */
export function kernelUnits(): KernelUnits {
  try {
    const words = new BigUint64Array(Uint8Array.from(readFileSync('/proc/self/auxv')).buffer);
    const value = (type: bigint, usual: number): number => {
      const at = words.findIndex((word, index) => index % 2 === 0 && word === type);
      return at === -1 ? usual : Number(words[at + 1]);
    };
    return {
      ticksPerSecond: value(AUXV.ticksPerSecond, USUAL.ticksPerSecond),
      pageBytes: value(AUXV.pageBytes, USUAL.pageBytes),
    };
  } catch {
    return USUAL;
  }
}

/** Reads /proc/PID/stat; null where the process is gone or hidden (hidepid). */
export function readProcess(pid: number | 'self', units: KernelUnits): ProcessReading | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'), units);
  } catch {
    return null;
  }
}

/** Parses /proc/PID/stat, proc(5); null where it is none. comm stands in brackets and may hold any character. */
export function parseStat(text: string, { ticksPerSecond, pageBytes }: KernelUnits): ProcessReading | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // proc(5) counts from 1, and its third field is the first here.
  const field = (number: number): number => Number(fields[number - 3]);
  const reading = {
    began: field(22),
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    childrenCpuSeconds: (field(16) + field(17)) / ticksPerSecond,
    rssBytes: field(24) * pageBytes,
  };
  return Object.values(reading).every(Number.isFinite) ? reading : null;
}
