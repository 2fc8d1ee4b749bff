import { statSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import type { Config } from '../config/schema.ts';
import { hasRingBuffer } from '../core/model/bpftrace-version.ts';
import type { StartInput } from '../core/model/input.ts';
import { Btf } from '../sources/bpftrace/btf.ts';
import { mayWait, NO_RINGS, type Rings, ringsFor } from '../sources/bpftrace/rings.ts';
import type { Parameter, Script } from '../sources/bpftrace/scripts.ts';
import { nowNs, nowWallUs } from '../sources/clock.ts';
import { boundingSetOf } from '../sources/machine/bounding-set.ts';
import type { Machine } from '../sources/machine/machine.ts';

/** Pages between kernel and bpftrace: 8 MiB. 64 pages lost 5,744 of 250,000 events, these none; without CAP_IPC_LOCK the kernel allows 64. */
const BUFFER_PAGES = { locked: 2048, usual: 64 };

/**
 * Transitions a second that are told one by one, and anomalies of one kind: what bpftrace can print without slowing what it observes. A perf
 * buffer (up to 0.17) wakes its reader for each record, a ring buffer does not; scripts/bench measures both.
 */
const BUDGET = { perfBuffers: 55_000, ringBuffer: 120_000, anomalies: 20_000 };

/** The first input of an observation of this machine. */
export function startOf(machine: Machine, canaryPort: number): StartInput {
  return {
    type: 'start',
    atNs: nowNs(),
    wallUs: nowWallUs(),
    host: hostname(),
    kernel: machine.kernel.release.value,
    netns: statSync('/proc/self/ns/net').ino,
    dropReasons: machine.tracefs.readSymbols('skb', 'kfree_skb', 'reason'),
    resetReasons: machine.tracefs.readSymbols('tcp', 'tcp_send_reset', 'reason'),
    canaryPort,
    pid: process.pid,
    // In a pid namespace of our own a pid that the kernel tells may be somebody else's here.
    owners: machine.surroundings.pidNamespace.value !== 'own',
  };
}

/** What the scripts are told ($1, $2, …), but for where transitions wait. */
export function parametersFor(
  machine: Machine,
  start: StartInput,
  { bpftrace }: Config,
): Readonly<Record<Exclude<Parameter, keyof Rings>, number>> {
  const usual = hasRingBuffer(machine.tools.bpftrace.value?.version ?? '0.0') ? BUDGET.ringBuffer : BUDGET.perfBuffers;
  return {
    transitions: bpftrace.budget ?? usual,
    anomalies: BUDGET.anomalies,
    self: process.pid,
    canary: start.canaryPort,
    quiet: quietReason(start),
  };
}

/** The kernel's types, read when they are first asked for: some 50 ms. */
export function typesOnce(warn: (message: string) => void): () => Btf | null {
  let read: Btf | null | undefined;
  return () => {
    if (read === undefined)
      read = Btf.ofKernel((why) => warn(`the kernel’s types cannot be read, bpftrace has to find all of them itself: ${why}`));
    return read;
  };
}

/** Where transitions wait on this machine, observed by these scripts. */
export function ringsOn({ tools, kernel }: Machine, scripts: readonly Pick<Script, 'name'>[]): Rings {
  const by = { scripts: scripts.map(({ name }) => name), bpftrace: tools.bpftrace.value?.version ?? '0.0', kernel: kernel.release.value };
  return mayWait(by) ? ringsFor(cpus().length, process.arch) : NO_RINGS;
}

/** This kernel's number for QUEUE_PURGE, which every ordinary close makes; 0 where it has none. */
function quietReason({ dropReasons }: StartInput): number {
  const found = Object.entries(dropReasons).find(([, name]) => name === 'QUEUE_PURGE');
  return found === undefined ? 0 : Number(found[0]);
}

/** The bounding set that bpftrace keeps. */
export function capabilitiesFor(machine: Machine, { bpftrace }: Config): readonly string[] {
  return bpftrace.capabilities ?? boundingSetOf(machine);
}

/** Pages of buffer for each CPU. */
export function pagesFor(machine: Machine, config: Config): number {
  const locked = capabilitiesFor(machine, config).includes('ipc_lock') && machine.privileges.bounding.value.includes('CAP_IPC_LOCK');
  return locked ? BUFFER_PAGES.locked : BUFFER_PAGES.usual;
}
