import { hrtime } from 'node:process';
import { type Fact, fact } from './fact.ts';
import { type Root, valueIn } from './root.ts';

export interface Clocks {
  /**
   * CLOCK_BOOTTIME minus CLOCK_MONOTONIC, ms: how long this machine has slept, to about 10 ms, the step of /proc/uptime. bpftrace before
   * 0.19 stamps with the former, Node with the latter. Null where /proc/uptime does not tell.
   */
  readonly suspendedMs: Fact<number | null>;
  /** Whether a time namespace shifts this process's clocks against the kernel's. */
  readonly shifted: Fact<boolean>;
}

/** @param monotonicNs CLOCK_MONOTONIC. @default hrtime.bigint */
export function clocksOf(root: Root, monotonicNs: () => bigint = hrtime.bigint): Clocks {
  const beforeMs = Number(monotonicNs()) / 1e6;
  const uptime = Number(valueIn(root, '/proc/uptime')?.split(' ')[0] ?? Number.NaN);
  const middleMs = (beforeMs + Number(monotonicNs()) / 1e6) / 2;
  // /proc/uptime cuts to 10 ms; half of that is the best guess.
  const suspendedMs = Number.isNaN(uptime) ? null : Math.max(0, Math.round(uptime * 1000 + 5 - middleMs));
  return {
    suspendedMs: fact(suspendedMs !== null && suspendedMs <= 10 ? 0 : suspendedMs, '/proc/uptime less CLOCK_MONOTONIC'),
    shifted: shiftedOf(root),
  };
}

/** Lines `monotonic SECONDS NANOSECONDS` and `boottime …` (Linux 5.6 and later); all zero in the first time namespace. */
function shiftedOf(root: Root): Fact<boolean> {
  const path = '/proc/self/timens_offsets';
  const offsets = valueIn(root, path);
  if (offsets === null) return fact(false, `${path} does not exist`);
  return fact(/\s-?[1-9]/.test(offsets), `${path}: ${offsets.replace(/\s+/g, ' ')}`);
}
