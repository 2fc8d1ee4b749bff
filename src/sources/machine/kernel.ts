import { gunzipSync } from 'node:zlib';
import { type Fact, fact } from './fact.ts';
import { type Root, valueIn } from './root.ts';

export type Lockdown = 'none' | 'integrity' | 'confidentiality';

export interface Kernel {
  /** For example `6.1.0-18-amd64`. */
  readonly release: Fact<string>;
  /** Type information, without which a script cannot read a socket's inside. */
  readonly btf: Fact<boolean>;
  /** Null where nothing tells. `confidentiality` forbids BPF to read kernel memory, `integrity` does not. */
  readonly lockdown: Fact<Lockdown | null>;
  /** Null where nothing tells. */
  readonly kprobes: Fact<boolean | null>;
  /** kernel.unprivileged_bpf_disabled: 0 anybody, 1 and 2 only the privileged; null on a kernel without it. */
  readonly unprivilegedBpfDisabled: Fact<number | null>;
  /** kernel.perf_event_paranoid; above 2 only with Debian's and Ubuntu's patch. */
  readonly perfEventParanoid: Fact<number | null>;
}

export function kernelOf(root: Root, tracing: string | null): Kernel {
  const config = configOf(root);
  return {
    release: fact(valueIn(root, '/proc/sys/kernel/osrelease') ?? 'unknown', '/proc/sys/kernel/osrelease'),
    btf: btfOf(root),
    lockdown: lockdownOf(root, config),
    kprobes: kprobesOf(root, tracing, config),
    unprivilegedBpfDisabled: sysctlOf(root, '/proc/sys/kernel/unprivileged_bpf_disabled'),
    perfEventParanoid: sysctlOf(root, '/proc/sys/kernel/perf_event_paranoid'),
  };
}

/** `6.1.0-18-amd64` → whether it is at least 5.11 and the like. An unreadable release counts as new. */
export function atLeast(release: string, major: number, minor: number): boolean {
  const [, hasMajor, hasMinor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (hasMajor === undefined) return true;
  return Number(hasMajor) > major || (Number(hasMajor) === major && Number(hasMinor) >= minor);
}

/** Where the kernel shows its type information (CONFIG_DEBUG_INFO_BTF). */
export const BTF = '/sys/kernel/btf/vmlinux';

function btfOf(root: Root): Fact<boolean> {
  return root.exists(BTF) ? fact(true, BTF) : fact(false, `${BTF} does not exist`);
}

function sysctlOf(root: Root, path: string): Fact<number | null> {
  const value = valueIn(root, path);
  return fact(value === null || Number.isNaN(Number(value)) ? null : Number(value), path);
}

/** The kernel's build options, from /proc/config.gz or /boot. */
interface KernelConfig {
  readonly path: string;
  readonly text: string;
}

function configOf(root: Root): KernelConfig | null {
  const packed = root.bytes('/proc/config.gz');
  if (packed !== null) {
    try {
      return { path: '/proc/config.gz', text: gunzipSync(packed, { maxOutputLength: 4_000_000 }).toString('latin1') };
    } catch {
      // Not what its name says: /boot may still tell.
    }
  }
  const path = `/boot/config-${valueIn(root, '/proc/sys/kernel/osrelease') ?? ''}`;
  const { text } = root.read(path);
  return text === null ? null : { path, text };
}

function isSet(config: KernelConfig, option: string): boolean {
  return config.text.includes(`\n${option}=y`) || config.text.startsWith(`${option}=y`);
}

/** securityfs says it exactly (`none [integrity] confidentiality`); where it is not mounted, the boot line and the build options may. */
function lockdownOf(root: Root, config: KernelConfig | null): Fact<Lockdown | null> {
  const path = '/sys/kernel/security/lockdown';
  const said = modeIn(/\[(\w+)\]/.exec(valueIn(root, path) ?? '')?.[1]);
  if (said !== null) return fact(said, path);
  const booted = modeIn(/(?:^|\s)lockdown=(\w+)/.exec(valueIn(root, '/proc/cmdline') ?? '')?.[1]);
  if (booted !== null) return fact(booted, `lockdown=${booted} in /proc/cmdline; ${path} is not there`);
  if (config === null) return fact(null, `${path} is not there, nor are the kernel's build options`);
  if (isSet(config, 'CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY')) {
    return fact('confidentiality', `CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY in ${config.path}`);
  }
  if (isSet(config, 'CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY')) {
    return fact('integrity', `CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY in ${config.path}; may be stricter since`);
  }
  if (isSet(config, 'CONFIG_SECURITY_LOCKDOWN_LSM')) return fact(null, `${path} is not there; securityfs is not mounted`);
  return fact('none', `no CONFIG_SECURITY_LOCKDOWN_LSM in ${config.path}`);
}

function modeIn(word: string | undefined): Lockdown | null {
  return word === 'none' || word === 'integrity' || word === 'confidentiality' ? word : null;
}

/** The files exist only in a kernel built with kprobes; that some say so and may not be read does not matter here. */
function kprobesOf(root: Root, tracing: string | null, config: KernelConfig | null): Fact<boolean | null> {
  if (tracing !== null && root.exists(`${tracing}/kprobe_events`)) return fact(true, `${tracing}/kprobe_events`);
  if (root.exists('/sys/bus/event_source/devices/kprobe')) return fact(true, '/sys/bus/event_source/devices/kprobe');
  if (config !== null) {
    const set = isSet(config, 'CONFIG_KPROBES');
    return fact(set, `CONFIG_KPROBES ${set ? 'is' : 'is not'} set in ${config.path}`);
  }
  if (tracing !== null) return fact(false, `${tracing}/kprobe_events does not exist`);
  return fact(null, 'no tracefs and no build options to tell');
}
