import type { DoctorRow } from '../../formats/doctor.ts';
import type { Fact } from './fact.ts';
import { atLeast } from './kernel.ts';
import type { Machine } from './machine.ts';
import { lackingCapabilities } from './obstacles.ts';
import { ownerRow } from './owner-row.ts';
import { socketRow } from './socket-row.ts';
import type { BpftraceStanding } from './tools.ts';

type Verdict = Partial<Pick<DoctorRow, 'severity' | 'cost' | 'mend'>>;

/** What the machine is, a row each; a cost and a mend where something is wanting. */
export function machineRows(machine: Machine): DoctorRow[] {
  const { kernel, tracefs, surroundings, clocks, tools } = machine;
  return [
    row('kernel', kernel.release.value, kernel.release),
    bpftraceRow(machine),
    kernel.btf.value
      ? row('BTF', 'present', kernel.btf)
      : row('BTF', 'missing', kernel.btf, {
          severity: 'warning',
          cost: 'No sequence numbers, no round-trip time, no network namespace with a state change',
          mend: 'use a kernel built with CONFIG_DEBUG_INFO_BTF=y: Debian 11, Ubuntu 20.10 and later have it',
        }),
    tracefsRow(tracefs.folder, tracefs.readable),
    lockdownRow(machine),
    kernel.kprobes.value === null
      ? row('kprobes', 'unknown', kernel.kprobes)
      : row('kprobes', kernel.kprobes.value ? 'available' : 'none; tracepoints have to do', kernel.kprobes),
    surroundings.container.value === null
      ? row('container', 'perhaps', surroundings.container, { severity: 'info' })
      : row('container', surroundings.container.value ? 'yes' : 'no', surroundings.container),
    surroundings.pidNamespace.value === 'own'
      ? row('pid namespace', 'its own', surroundings.pidNamespace, {
          severity: 'info',
          cost: 'Owners of sockets outside it are not known by name',
          mend: 'docker run --pid=host, hostPID: true',
        })
      : row('pid namespace', surroundings.pidNamespace.value === 'host' ? "the machine's" : 'unknown', surroundings.pidNamespace),
    surroundings.netNamespace.value === 'own'
      ? row('net namespace', 'its own', surroundings.netNamespace, {
          severity: 'info',
          cost: 'Hooks see every namespace; the netstack audit and our counters are of this one',
          mend: 'docker run --network=host, hostNetwork: true',
        })
      : row('net namespace', surroundings.netNamespace.value === 'host' ? "the machine's" : 'unknown', surroundings.netNamespace),
    row('clocks', clockText(clocks.suspendedMs.value, clocks.shifted.value), clocks.suspendedMs),
    tools.ss.value === null
      ? row('ss', 'missing', tools.ss, {
          severity: 'warning',
          cost: 'Sockets that were there before us are not known until they change state',
          mend: 'apt-get install iproute2',
        })
      : row('ss', tools.ss.value, tools.ss),
    tools.nsenter.value === null
      ? row('nsenter', 'missing', tools.nsenter, {
          severity: 'info',
          cost: 'Sockets that were there before us are known in our own network namespace only',
          mend: 'apt-get install util-linux',
        })
      : row('nsenter', tools.nsenter.value, tools.nsenter),
    row('Node', tools.node.value, tools.node),
    socketRow(machine.sockets),
    ownerRow(machine.owners),
  ];
}

/** What this process may do, a row each. */
export function privilegeRows(machine: Machine): DoctorRow[] {
  const { privileges, kernel } = machine;
  const { uid, effective, bounding, seccomp, noNewPrivs, memlock } = privileges;
  const lacking = lackingCapabilities(effective.value, kernel.release.value);
  return [
    uid.value === 0
      ? row('user', 'root', uid)
      : row('user', `${uid.value ?? 'unknown'}`, uid, {
          severity: 'warning',
          cost: 'bpftrace before 0.25 refuses to run; owners of others’ sockets stay unknown',
          mend: 'run as root; the service can drop to another user once bpftrace is started',
        }),
    lacking.length === 0
      ? row('capabilities', listed(effective.value), effective)
      : row('capabilities', `${listed(effective.value)}; lacking ${lacking.join(', ')}`, effective, { severity: 'warning' }),
    row('bounding set', listed(bounding.value), bounding),
    seccomp.value === 'filter'
      ? row('seccomp', 'filter', seccomp, {
          severity: 'info',
          cost: 'It may refuse bpf() or perf_event_open(); bpftrace then says "Operation not permitted"',
          mend: 'docker run --security-opt seccomp=unconfined, or a profile that allows both',
        })
      : row('seccomp', seccomp.value ?? 'unknown', seccomp),
    row('no new privs', noNewPrivs.value ? 'set: sudo cannot help from here' : 'not set', noNewPrivs),
    memlockRow(memlock, kernel.release.value),
    row('unprivileged bpf', unprivilegedText(kernel.unprivilegedBpfDisabled.value, lacking.length === 0), kernel.unprivilegedBpfDisabled),
    perfParanoidRow(kernel.perfEventParanoid),
  ];
}

/** Mainline's values end at 2 and bind neither root nor CAP_PERFMON; Debian's and Ubuntu's go on. */
function perfParanoidRow(paranoid: Fact<number | null>): DoctorRow {
  if ((paranoid.value ?? 0) <= 2)
    return row('perf paranoid', `${paranoid.value ?? 'unknown'}; does not bind root or CAP_PERFMON`, paranoid);
  return row('perf paranoid', `${paranoid.value}: this kernel lets only CAP_SYS_ADMIN open events`, paranoid, {
    severity: 'info',
    cost: 'bpftrace keeps CAP_SYS_ADMIN',
    mend: 'sysctl kernel.perf_event_paranoid=2 lets it do without',
  });
}

function row(name: string, value: string, from: Fact<unknown>, verdict: Verdict = {}): DoctorRow {
  const { severity = 'ok', cost = null, mend = null } = verdict;
  return { name, value, evidence: from.evidence, severity, cost, mend };
}

const STANDINGS: Readonly<Record<BpftraceStanding, Verdict & { readonly text: string }>> = {
  'known-good': { text: 'known good' },
  supported: { text: 'supported' },
  untested: { text: 'newer than any we tried', severity: 'info', cost: 'None known' },
  'too-old': { text: 'too old', severity: 'fatal', cost: 'Nothing can be observed', mend: 'install 0.14 or newer' },
};

function bpftraceRow({ tools: { bpftrace } }: Machine): DoctorRow {
  if (bpftrace.value === null) {
    return row('bpftrace', 'missing', bpftrace, {
      severity: 'fatal',
      cost: 'Nothing can be observed',
      mend: 'apt-get install bpftrace',
    });
  }
  const { text, ...verdict } = STANDINGS[bpftrace.value.standing];
  return row('bpftrace', `${bpftrace.value.version}, ${text}`, bpftrace, verdict);
}

function tracefsRow(folder: Fact<string | null>, readable: Fact<boolean>): DoctorRow {
  if (folder.value === null) {
    return row('tracefs', 'not mounted', folder, {
      severity: 'fatal',
      cost: 'Nothing can be observed',
      mend: 'mount -t tracefs nodev /sys/kernel/tracing',
    });
  }
  if (!readable.value) {
    return row('tracefs', `at ${folder.value}, not readable`, readable, {
      severity: 'fatal',
      cost: 'Nothing can be observed',
      mend: 'run as root',
    });
  }
  return row('tracefs', `at ${folder.value}`, readable);
}

function lockdownRow({ kernel: { lockdown } }: Machine): DoctorRow {
  if (lockdown.value === 'confidentiality') {
    return row('lockdown', 'confidentiality: forbids BPF to read kernel memory', lockdown, {
      severity: 'fatal',
      cost: 'Nothing can be observed',
      mend: 'boot with lockdown=integrity',
    });
  }
  return row('lockdown', lockdown.value === null ? 'unknown' : `${lockdown.value}: does not hinder us`, lockdown);
}

function memlockRow(memlock: Fact<number | null>, release: string): DoctorRow {
  const size =
    memlock.value === null ? 'unknown' : Number.isFinite(memlock.value) ? `${Math.round(memlock.value / 1024)} KiB` : 'unlimited';
  if (atLeast(release, 5, 11)) return row('memlock', `${size}; no longer counts for BPF (Linux 5.11)`, memlock);
  // bpftrace raises it by itself where it may; 64 MiB hold its buffers and maps with room to spare.
  if (memlock.value === null || memlock.value >= 64 * 2 ** 20) return row('memlock', size, memlock);
  return row('memlock', size, memlock, {
    severity: 'warning',
    cost: 'Before Linux 5.11 BPF maps count against it: bpftrace may fail to start',
    mend: 'ulimit -l unlimited; LimitMEMLOCK=infinity in a systemd unit',
  });
}

function unprivilegedText(value: number | null, privileged: boolean): string {
  if (value === null) return 'unknown';
  return value === 0
    ? '0: anybody may load simple programs'
    : `${value}: only the privileged may load programs, ${privileged ? 'as we are' : 'and we are not'}`;
}

function clockText(suspendedMs: number | null, shifted: boolean): string {
  const slept =
    suspendedMs === null ? 'time asleep unknown' : suspendedMs === 0 ? 'never suspended' : `suspended for ${suspendedMs} ms so far`;
  return shifted ? `${slept}; a time namespace shifts ours` : slept;
}

function listed(capabilities: readonly string[]): string {
  return capabilities.length === 0 ? 'none of use here' : capabilities.join(', ');
}
