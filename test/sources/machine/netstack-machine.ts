import type { NetstackSetting, NetstackView } from '../../../src/formats/netstack.ts';
import { auditNetstack } from '../../../src/sources/machine/netstack.ts';
import { MachineFolder } from './machines.ts';

/** Linux 6.1's defaults. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'ipv4/ip_local_port_range': '32768\t60999\n',
  'ipv4/ip_local_reserved_ports': '\n',
  'ipv4/tcp_tw_reuse': '2\n',
  'ipv4/tcp_max_tw_buckets': '131072\n',
  'ipv4/tcp_fin_timeout': '60\n',
  'ipv4/tcp_syn_retries': '6\n',
  'ipv4/tcp_synack_retries': '5\n',
  'ipv4/tcp_retries2': '15\n',
  'ipv4/tcp_orphan_retries': '0\n',
  'ipv4/tcp_keepalive_time': '7200\n',
  'ipv4/tcp_keepalive_intvl': '75\n',
  'ipv4/tcp_keepalive_probes': '9\n',
  'ipv4/tcp_max_syn_backlog': '2048\n',
  'ipv4/tcp_syncookies': '1\n',
  'ipv4/tcp_abort_on_overflow': '0\n',
  'ipv4/tcp_timestamps': '1\n',
  'ipv4/tcp_fastopen': '1\n',
  'ipv4/tcp_slow_start_after_idle': '1\n',
  'ipv4/tcp_mtu_probing': '0\n',
  'ipv4/conf/all/rp_filter': '0\n',
  'ipv4/conf/eth0/rp_filter': '0\n',
  'ipv4/conf/eth1/rp_filter': '0\n',
  'core/somaxconn': '4096\n',
  'core/netdev_max_backlog': '1000\n',
  'netfilter/nf_conntrack_max': '262144\n',
  'netfilter/nf_conntrack_count': '12\n',
  'netfilter/nf_conntrack_tcp_timeout_established': '432000\n',
  'netfilter/nf_conntrack_tcp_timeout_syn_sent': '120\n',
  'netfilter/nf_conntrack_tcp_timeout_close_wait': '60\n',
  'netfilter/nf_conntrack_tcp_timeout_fin_wait': '120\n',
  'netfilter/nf_conntrack_tcp_timeout_time_wait': '120\n',
};

interface Other {
  readonly release?: string;
  /** Sockets in TIME_WAIT now. */
  readonly timeWait?: number;
  readonly counters?: Readonly<Record<string, number>>;
  readonly softnet?: string;
}

/** The audit of a machine with these defaults, but for what is `changed`. */
export function audit(changed: Readonly<Record<string, string>> = {}, other: Other = {}): NetstackView {
  const counters = Object.entries({ ListenOverflows: 0, ...other.counters });
  const settings = Object.entries({ ...DEFAULTS, ...changed }).map(([path, value]) => [`/proc/sys/net/${path}`, value] as const);
  using machine = new MachineFolder({
    ...Object.fromEntries(settings),
    '/proc/sys/kernel/osrelease': other.release ?? '6.1.0',
    '/proc/self/net/sockstat': `TCP: inuse 5 orphan 0 tw ${other.timeWait ?? 0} alloc 7 mem 1\n`,
    '/proc/self/net/netstat': `TcpExt: ${counters.map(([name]) => name).join(' ')}\nTcpExt: ${counters.map(([, value]) => value).join(' ')}\n`,
    '/proc/self/net/softnet_stat': other.softnet ?? '00000001 00000000 00000000\n',
  });
  return auditNetstack(machine.root);
}

/** One of its settings. */
export function setting(name: string, changed: Readonly<Record<string, string>> = {}, other: Other = {}): NetstackSetting {
  const found = audit(changed, other).find((one) => one.setting === name);
  if (found === undefined) throw new Error(`${name} is not audited`);
  return found;
}
