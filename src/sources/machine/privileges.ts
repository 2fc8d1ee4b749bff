import { type Fact, fact } from './fact.ts';
import { type Root, valueIn } from './root.ts';

/** Capability numbers (include/uapi/linux/capability.h) that observing has to do with. */
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_IPC_LOCK: 14,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;
export type Capability = keyof typeof CAPABILITIES;

export type SeccompMode = 'off' | 'strict' | 'filter';

export interface Privileges {
  /** Effective user. */
  readonly uid: Fact<number | null>;
  /** Those of {@link CAPABILITIES} that are in force now. */
  readonly effective: Fact<readonly Capability[]>;
  /** Those that a program started from here can get at most. */
  readonly bounding: Fact<readonly Capability[]>;
  /** `filter` is a container's usual; it may or may not let bpf() and perf_event_open() through. */
  readonly seccomp: Fact<SeccompMode | null>;
  readonly noNewPrivs: Fact<boolean>;
  /** RLIMIT_MEMLOCK, soft, bytes; Infinity where unlimited, null where unknown. BPF maps count against it before Linux 5.11. */
  readonly memlock: Fact<number | null>;
}

export function privilegesOf(root: Root): Privileges {
  const status = root.read('/proc/self/status').text ?? '';
  const line = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/) ?? [];
  const uid = line('Uid')[1];
  return {
    uid: fact(uid === undefined ? null : Number(uid), 'Uid in /proc/self/status'),
    effective: capabilities('CapEff', line('CapEff')[0]),
    bounding: capabilities('CapBnd', line('CapBnd')[0]),
    seccomp: seccompOf(line('Seccomp')[0]),
    noNewPrivs: fact(line('NoNewPrivs')[0] === '1', 'NoNewPrivs in /proc/self/status'),
    memlock: memlockOf(root),
  };
}

function capabilities(name: string, hex: string | undefined): Fact<readonly Capability[]> {
  const mask = hex !== undefined && /^[0-9a-f]+$/i.test(hex) ? BigInt(`0x${hex}`) : 0n;
  const held = Object.entries(CAPABILITIES).flatMap(([capability, bit]) => ((mask >> BigInt(bit)) & 1n ? [capability as Capability] : []));
  return fact(held, `${name} ${hex ?? 'missing'} in /proc/self/status`);
}

function seccompOf(number: string | undefined): Fact<SeccompMode | null> {
  const modes: Readonly<Record<string, SeccompMode>> = { 0: 'off', 1: 'strict', 2: 'filter' };
  return fact(modes[number ?? ''] ?? null, `Seccomp ${number ?? 'missing'} in /proc/self/status`);
}

function memlockOf(root: Root): Fact<number | null> {
  const path = '/proc/self/limits';
  const soft = /^Max locked memory\s+(\S+)/m.exec(valueIn(root, path) ?? '')?.[1];
  if (soft === undefined) return fact(null, `${path} does not tell`);
  return fact(soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft), `Max locked memory in ${path}`);
}
