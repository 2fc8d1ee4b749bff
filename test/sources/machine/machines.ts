import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Root, rootAt } from '../../../src/sources/machine/root.ts';

/** Files by path; `{ link }` is a symbolic link, a Buffer is written as it is, null takes a file of the machine it is based on away. */
export type Files = Readonly<Record<string, string | Buffer | { readonly link: string } | null>>;

/** A folder that looks like a machine, removed when disposed of. */
export class MachineFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'synoptic-machine-'));
  readonly root: Root;

  /** @param refused paths whose reading fails with EACCES: root may read anything, so a test as root cannot make such a file. */
  constructor(files: Files, refused: readonly string[] = []) {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) continue;
      const at = join(this.folder, path);
      mkdirSync(dirname(at), { recursive: true });
      if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, at);
      else writeFileSync(at, content);
    }
    const root = rootAt(this.folder);
    this.root = { ...root, read: (path) => (refused.includes(path) ? { text: null, error: 'EACCES' } : root.read(path)) };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

const ALL_CAPABILITIES = '000001ffffffffff';
const DOCKER_CAPABILITIES = '00000000a80425fb';

export const status = (uid: number, effective: string, { bounding = effective, seccomp = 0 } = {}): string =>
  `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapEff:\t${effective}\nCapBnd:\t${bounding}\nNoNewPrivs:\t0\nSeccomp:\t${seccomp}\n`;

const limits = (memlock: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax locked memory         ${memlock.padEnd(21)}${memlock.padEnd(21)}bytes     \n`;

/** As on Linux 6.1. */
const SOCK_STATE_FORMAT = `name: inet_sock_set_state
ID: 1500
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:const void * skaddr;	offset:8;	size:8;	signed:0;
	field:int oldstate;	offset:16;	size:4;	signed:1;
	field:__u8 saddr_v6[16];	offset:40;	size:16;	signed:0;
	field:__data_loc char[] name;	offset:56;	size:4;	signed:1;

print fmt: "family=%s oldstate=%s", __print_symbolic(REC->family, { 2, "AF_INET" }, { 10, "AF_INET6" }), __print_symbolic(REC->oldstate, { 1, "TCP_ESTABLISHED" }, { TCP_CLOSE, "TCP_CLOSE" }, { 0xa, "TCP_LISTEN" })
`;

/** Debian 12 on bare metal, as root: everything is there. */
export const DEBIAN_12: Files = {
  '/proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  '/proc/sys/kernel/unprivileged_bpf_disabled': '2\n',
  '/proc/sys/kernel/perf_event_paranoid': '3\n',
  '/proc/self/status': status(0, ALL_CAPABILITIES),
  '/proc/self/limits': limits('8388608'),
  '/proc/self/mounts': 'proc /proc proc rw 0 0\ntracefs /sys/kernel/tracing tracefs rw,nosuid 0 0\n',
  '/proc/self/cgroup': '0::/user.slice/user-0.slice/session-1.scope\n',
  '/proc/self/ns/pid': { link: 'pid:[4026531836]' },
  '/proc/self/ns/net': { link: 'net:[4026531840]' },
  '/proc/self/timens_offsets': 'monotonic           0         0\nboottime            0         0\n',
  '/proc/1/comm': 'systemd\n',
  '/proc/1/cgroup': '0::/init.scope\n',
  '/proc/1/ns/net': { link: 'net:[4026531840]' },
  '/proc/uptime': '1000.00 3000.00\n',
  '/sys/kernel/btf/vmlinux': '',
  '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  '/sys/kernel/tracing/available_events': 'sock:inet_sock_set_state\n',
  '/sys/kernel/tracing/kprobe_events': '',
  '/sys/kernel/tracing/events/sock/inet_sock_set_state/format': SOCK_STATE_FORMAT,
};

/** Debian 11's kernel with little memory to lock, built without BTF. */
export const OLD_WITHOUT_BTF: Files = {
  ...DEBIAN_12,
  '/proc/sys/kernel/osrelease': '5.10.0-28-amd64\n',
  '/proc/self/limits': limits('65536'),
  '/sys/kernel/btf/vmlinux': null,
};

/** Locked down as far as it goes; securityfs is not mounted, the build options tell. */
export const LOCKED_DOWN: Files = {
  ...DEBIAN_12,
  '/sys/kernel/security/lockdown': null,
  '/proc/config.gz': gzipSync('CONFIG_KPROBES=y\nCONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY=y\n'),
};

/** `docker run debian` without a thing: root, few capabilities, seccomp, no tracefs. */
export const CONTAINER: Files = {
  ...DEBIAN_12,
  '/.dockerenv': '',
  '/proc/self/status': status(0, DOCKER_CAPABILITIES, { seccomp: 2 }),
  '/proc/self/mounts': 'overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n',
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/ns/pid': { link: 'pid:[4026532700]' },
  '/proc/self/ns/net': { link: 'net:[4026532702]' },
  '/proc/1/comm': 'bash\n',
  '/proc/1/ns/net': { link: 'net:[4026532702]' },
  '/sys/kernel/security/lockdown': null,
  '/sys/kernel/tracing/available_events': null,
  '/sys/kernel/tracing/kprobe_events': null,
  '/sys/kernel/tracing/events/sock/inet_sock_set_state/format': null,
};

/** Uid 1000 on Debian 12; tracefs is root's. Use it with `refused: ORDINARY_USER_REFUSED`. */
export const ORDINARY_USER: Files = { ...DEBIAN_12, '/proc/self/status': status(1000, '0000000000000000', { bounding: ALL_CAPABILITIES }) };
export const ORDINARY_USER_REFUSED = [
  '/sys/kernel/tracing/available_events',
  '/sys/kernel/tracing/events/sock/inet_sock_set_state/format',
] as const;

/** A program that says such a version, as bpftrace would. */
export const saying = (text: string): string[] => [process.execPath, '-e', `console.log(${JSON.stringify(text)})`, '--'];
export const MISSING = ['/nonexistent/program'] as const;

/** A clock at which DEBIAN_12's /proc/uptime means: never suspended. */
export const AWAKE = (): bigint => 1_000_002_000_000n;
