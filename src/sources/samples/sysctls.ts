import { existsSync, readFileSync } from 'node:fs';
import type { SysctlsInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';
import type { NetNamespace } from './netns.ts';
import { type RunOptions, runIn } from './run.ts';

const NAMES = [
  ...['ipv4.ip_local_port_range', 'ipv4.ip_local_reserved_ports', 'ipv4.tcp_tw_reuse', 'ipv4.tcp_max_tw_buckets', 'ipv4.tcp_timestamps'],
  ...['core.somaxconn', 'ipv4.tcp_max_syn_backlog', 'ipv4.tcp_syncookies', 'ipv4.tcp_abort_on_overflow', 'ipv4.tcp_retries2'],
  ...['ipv4.tcp_syn_retries', 'ipv4.tcp_fin_timeout', 'ipv4.tcp_keepalive_time', 'ipv4.tcp_keepalive_intvl', 'ipv4.tcp_keepalive_probes'],
  ...['ipv4.tcp_fastopen', 'ipv4.tcp_fastopen_blackhole_timeout_sec'],
];

/** Some settings are the first namespace's alone: what is not there is passed over. */
const READ = 'grep -sH "" "$@"; true';
const ROOT = '/proc/sys/net/';
const fileOf = (name: string): string => `${ROOT}${name.replace('.', '/')}`;

/**
 * The settings of one network namespace that findings are judged by. /proc/sys shows those of whoever reads, so for another namespace a
 * command reads them there.
 *
 * @returns null where the namespace is gone.
 * @throws SynopticError SAMPLE_FAILED
 */
export async function sampleSysctls(namespace: NetNamespace, options: RunOptions = {}): Promise<SysctlsInput | null> {
  const { netns, own } = namespace;
  if (own) return { type: 'sysctls', atNs: nowNs(), netns, values: settingsOf((file) => readFileSync(file, 'utf8')) };
  const files = NAMES.map(fileOf).filter((file) => existsSync(file));
  const text = await runIn(namespace, ['sh', '-c', READ, 'sh', ...files], options);
  return text === null ? null : { type: 'sysctls', atNs: nowNs(), netns, values: parseSysctls(text) };
}

/** As {@link parseSysctls}, of the files as the caller reads them. */
export function settingsOf(read: (file: string) => string): SysctlsInput['values'] {
  const values: Record<string, string> = {};
  for (const name of NAMES) {
    try {
      values[name] = singleSpaced(read(fileOf(name)));
    } catch {
      // Some settings are the first namespace's alone, and some not this kernel's.
    }
  }
  return values;
}

const singleSpaced = (value: string): string => value.trim().split(/\s+/).join(' ');

/** Lines of `/proc/sys/net/ipv4/tcp_tw_reuse:2`. */
export function parseSysctls(text: string): SysctlsInput['values'] {
  const values: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^\/proc\/sys\/net\/([^:]+):(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values[name.replace('/', '.')] = singleSpaced(value);
  }
  return values;
}
