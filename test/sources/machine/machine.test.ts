import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clocksOf } from '../../../src/sources/machine/clocks.ts';
import { atLeast, kernelOf } from '../../../src/sources/machine/kernel.ts';
import { readMachine } from '../../../src/sources/machine/machine.ts';
import { privilegesOf } from '../../../src/sources/machine/privileges.ts';
import { rootAt } from '../../../src/sources/machine/root.ts';
import { surroundingsOf } from '../../../src/sources/machine/surroundings.ts';

import { parseBpftraceVersion, toolsOf } from '../../../src/sources/machine/tools.ts';
import { parseSymbols, tracefsOf } from '../../../src/sources/machine/tracefs.ts';
import {
  AWAKE,
  CONTAINER,
  DEBIAN_12,
  type Files,
  LOCKED_DOWN,
  MachineFolder,
  MISSING,
  OLD_WITHOUT_BTF,
  ORDINARY_USER,
  saying,
  status,
} from './machines.ts';

/** What `look` finds on a machine made of `files`. */
const on = <T>(files: Files, look: (machine: MachineFolder) => T): T => {
  using machine = new MachineFolder(files);
  return look(machine);
};

describe('this very machine, as root', () => {
  it('tells the truth where a command tells it independently', async () => {
    const machine = await readMachine();
    expect(machine.kernel.release.value).toBe(execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
    expect(machine.kernel.btf.value).toBe(existsSync('/sys/kernel/btf/vmlinux'));
    expect(machine.privileges.uid.value).toBe(Number(execFileSync('id', ['-u'], { encoding: 'utf8' })));
    expect(machine.tools.bpftrace.value?.version).toBe(
      /v([\d.]+)/.exec(execFileSync('bpftrace', ['--version'], { encoding: 'utf8' }))?.[1],
    );
    expect(machine.tools.ss.value).toContain('iproute2');
    expect(machine.tools.nsenter.value).toContain('util-linux');
    expect(machine.tracefs.readable.value).toBe(true);
  });

  it('has the tracepoint of state changes with its addresses, and every name of a drop reason', async () => {
    const { tracefs } = await readMachine();
    const format = tracefs.readFormat('sock', 'inet_sock_set_state');
    expect(format?.get('skaddr')).toEqual({ type: 'const void *', size: 8, offset: 8, signed: false });
    expect(format?.get('saddr_v6')).toMatchObject({ type: '__u8[16]', size: 16, signed: false });
    expect(format?.has('common_pid')).toBe(false);
    expect(tracefs.readFormat('sock', 'no_such_tracepoint')).toBeNull();
    const text = readFileSync(`${tracefs.folder.value}/events/skb/kfree_skb/format`, 'utf8');
    const reasons = tracefs.readSymbols('skb', 'kfree_skb', 'reason');
    expect(Object.values(reasons)).toContain('NO_SOCKET');
    expect(Object.keys(reasons)).toHaveLength([...text.matchAll(/\{ \d+, "/g)].length);
  });
});

describe('tracefs', () => {
  it('gives names for numbers, hexadecimal too, of the field asked for, and leaves out numbers that are names', () => {
    on(DEBIAN_12, ({ root }) => {
      const tracefs = tracefsOf(root);
      expect(tracefs.readSymbols('sock', 'inet_sock_set_state', 'family')).toEqual({ 2: 'AF_INET', 10: 'AF_INET6' });
      expect(tracefs.readSymbols('sock', 'inet_sock_set_state', 'oldstate')).toEqual({ 1: 'TCP_ESTABLISHED', 10: 'TCP_LISTEN' });
      expect(tracefs.readSymbols('sock', 'inet_sock_set_state', 'nothing')).toEqual({});
    });
    expect(parseSymbols('__print_symbolic(REC->r, { 0x2, "A \\" { B }" }, {3,"C"})', 'r')).toEqual({ 2: 'A \\" { B }', 3: 'C' });
  });

  it('reads types with their arrays and locations', () => {
    const fields = on(DEBIAN_12, ({ root }) => tracefsOf(root).readFormat('sock', 'inet_sock_set_state'));
    expect([...(fields ?? [])]).toEqual([
      ['skaddr', { type: 'const void *', size: 8, offset: 8, signed: false }],
      ['oldstate', { type: 'int', size: 4, offset: 16, signed: true }],
      ['saddr_v6', { type: '__u8[16]', size: 16, offset: 40, signed: false }],
      ['name', { type: '__data_loc char[]', size: 4, offset: 56, signed: true }],
    ]);
  });

  it('is found under debugfs too', () => {
    const files = { '/proc/self/mounts': '', '/sys/kernel/debug/tracing/events/enable': '0' };
    expect(on(files, ({ root }) => tracefsOf(root).folder.value)).toBe('/sys/kernel/debug/tracing');
  });

  it('does not count where bpftrace would not look for it', () => {
    const files = {
      '/proc/self/mounts': 'none /srv/root/sys/kernel/tracing tracefs rw 0 0\n',
      '/srv/root/sys/kernel/tracing/events/enable': '0',
    };
    const { value, evidence } = on(files, ({ root }) => tracefsOf(root).folder);
    expect([value, evidence]).toEqual([null, expect.stringContaining('only at /srv/root/sys/kernel/tracing')]);
  });

  it('is missing in a bare container, and then has no tracepoints', () => {
    on(CONTAINER, ({ root }) => {
      const tracefs = tracefsOf(root);
      expect([tracefs.folder.value, tracefs.readable.value]).toEqual([null, false]);
      expect(tracefs.readFormat('sock', 'inet_sock_set_state')).toBeNull();
    });
  });
});

describe('the kernel', () => {
  const kernel = (files: Files) => on(files, ({ root }) => kernelOf(root, tracefsOf(root).folder.value));

  it('lacks BTF where the file is missing', () => {
    expect(kernel(DEBIAN_12).btf.value).toBe(true);
    expect(kernel(OLD_WITHOUT_BTF).btf).toEqual({ value: false, evidence: '/sys/kernel/btf/vmlinux does not exist' });
  });

  it('tells its lockdown by securityfs, else by the boot line, else by its build options, else not at all', () => {
    expect(kernel({ ...DEBIAN_12, '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' }).lockdown.value).toBe(
      'integrity',
    );
    const without = { ...DEBIAN_12, '/sys/kernel/security/lockdown': null };
    expect(kernel({ ...without, '/proc/cmdline': 'quiet lockdown=confidentiality ro\n' }).lockdown.value).toBe('confidentiality');
    expect(kernel(LOCKED_DOWN).lockdown).toMatchObject({ value: 'confidentiality', evidence: expect.stringContaining('/proc/config.gz') });
    expect(kernel({ ...without, '/boot/config-6.1.0-18-amd64': 'CONFIG_KPROBES=y\n' }).lockdown.value).toBe('none');
    expect(kernel(without).lockdown.value).toBeNull();
  });

  it('has kprobes where tracefs shows them or its build options say so', () => {
    expect(kernel(DEBIAN_12).kprobes.value).toBe(true);
    const bare = { ...DEBIAN_12, '/sys/kernel/tracing/kprobe_events': null };
    expect(kernel({ ...bare, '/boot/config-6.1.0-18-amd64': '# CONFIG_KPROBES is not set\n' }).kprobes.value).toBe(false);
    expect(kernel({ ...bare, '/boot/config-6.1.0-18-amd64': 'A=y\nCONFIG_KPROBES=y\n' }).kprobes.value).toBe(true);
    expect(kernel(CONTAINER).kprobes.value).toBeNull();
  });

  it('is compared by its numbers, not as text', () => {
    expect([atLeast('5.10.0', 5, 9), atLeast('5.10.0', 5, 11), atLeast('6.1-x', 5, 11), atLeast('4.19', 5, 0)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('privileges', () => {
  const privileges = (files: Files) => on(files, ({ root }) => privilegesOf(root));

  it('name the capabilities of the mask', () => {
    // Bits 38 and 39, as `setpriv --bounding-set -all,+bpf,+perfmon` leaves them.
    const cut = privileges({ ...DEBIAN_12, '/proc/self/status': status(0, '000000c000000000') });
    expect(cut.effective.value).toEqual(['CAP_PERFMON', 'CAP_BPF']);
    expect(privileges(DEBIAN_12).effective.value).toContain('CAP_SYS_ADMIN');
    expect(privileges(ORDINARY_USER)).toMatchObject({ uid: { value: 1000 }, effective: { value: [] } });
    expect(privileges(CONTAINER)).toMatchObject({ uid: { value: 0 }, seccomp: { value: 'filter' } });
  });

  it('say how much memory may be locked', () => {
    expect(privileges(OLD_WITHOUT_BTF).memlock.value).toBe(65_536);
    const unlimited = 'Max locked memory         unlimited            unlimited            bytes     \n';
    expect(privileges({ ...DEBIAN_12, '/proc/self/limits': unlimited }).memlock.value).toBe(Number.POSITIVE_INFINITY);
    expect(privileges({}).memlock.value).toBeNull();
  });
});

describe('surroundings', () => {
  const surroundings = (files: Files) => on(files, ({ root }) => surroundingsOf(root));

  it('are a container where the pid namespace is its own or the cgroup names a runtime', () => {
    expect(surroundings(CONTAINER)).toMatchObject({ container: { value: true }, pidNamespace: { value: 'own' } });
    const named = { ...DEBIAN_12, '/proc/self/cgroup': '4:memory:/docker/4f6a\n' };
    expect(surroundings(named).container).toEqual({ value: true, evidence: '/proc/self/cgroup names docker' });
    expect(surroundings(DEBIAN_12).container.value).toBe(false);
  });

  it('are left open where only an image’s mark speaks for a container', () => {
    expect(surroundings({ ...DEBIAN_12, '/.dockerenv': '' }).container.value).toBeNull();
  });

  it('tell whether the network is the machine’s', () => {
    expect(surroundings(DEBIAN_12).netNamespace.value).toBe('host');
    expect(surroundings({ ...DEBIAN_12, '/proc/self/ns/net': { link: 'net:[4026532999]' } }).netNamespace.value).toBe('own');
    expect(surroundings(CONTAINER).netNamespace.value).toBeNull();
    // From Linux 6.18 the first network namespace has a fixed number.
    const newer = { ...CONTAINER, '/proc/sys/kernel/osrelease': '6.18.1' };
    expect(surroundings(newer).netNamespace.value).toBe('own');
    expect(surroundings({ ...newer, '/proc/self/ns/net': { link: 'net:[4026531833]' } }).netNamespace.value).toBe('host');
  });
});

describe('clocks', () => {
  it('tell how long the machine has slept, and that it has not where the step of /proc/uptime explains the difference', () => {
    on(DEBIAN_12, ({ root }) => {
      expect(clocksOf(root, AWAKE).suspendedMs.value).toBe(0);
      expect(clocksOf(root, () => 940_000_000_000n).suspendedMs.value).toBe(60_005);
    });
  });

  it('notice a time namespace', () => {
    const shifted = { ...DEBIAN_12, '/proc/self/timens_offsets': 'monotonic      -86400         0\nboottime            0         0\n' };
    expect(on(shifted, ({ root }) => clocksOf(root).shifted.value)).toBe(true);
    expect(on(DEBIAN_12, ({ root }) => clocksOf(root).shifted.value)).toBe(false);
  });

  it('of this machine differ by what /proc/uptime is ahead of Node’s', () => {
    const aheadMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000 - Number(process.hrtime.bigint()) / 1e6;
    const { value } = clocksOf(rootAt()).suspendedMs;
    // Two steps of /proc/uptime, and what a busy machine takes between two reads.
    expect(Math.abs((value ?? Number.NaN) - Math.max(0, aheadMs))).toBeLessThan(200);
  });
});

describe('tools', () => {
  it('of every bpftrace version stand as they were tried', () => {
    const standing = (text: string) => parseBpftraceVersion(text)?.standing;
    expect(standing('bpftrace v0.11.3')).toBe('too-old');
    expect(standing('bpftrace v0.13.0')).toBe('too-old');
    expect(standing('bpftrace v0.14.0')).toBe('supported');
    expect(standing('bpftrace v0.17.0')).toBe('known-good');
    expect(standing('bpftrace v0.23.2')).toBe('known-good');
    expect(standing('bpftrace v0.27.1')).toBe('known-good');
    expect(standing('bpftrace v0.28.0')).toBe('untested');
    expect(standing('bpftrace v1.0.0')).toBe('untested');
    expect(parseBpftraceVersion('bpftrace v0.21.0-12-gdeadbee')).toEqual({ version: '0.21.0', standing: 'supported' });
    expect(parseBpftraceVersion('command not found')).toBeNull();
  });

  it('are asked through the configured command', async () => {
    const { bpftrace } = await toolsOf({ bpftrace: saying('bpftrace v0.11.3') });
    expect(bpftrace.value).toEqual({ version: '0.11.3', standing: 'too-old' });
  });

  it('that are missing or fail are told so', async () => {
    const tools = await toolsOf({ bpftrace: MISSING, ss: ['false'], nsenter: MISSING });
    expect(tools.bpftrace).toEqual({ value: null, evidence: '`/nonexistent/program --version`: not found' });
    expect(tools.ss).toMatchObject({ value: null, evidence: '`false -V` failed' });
    expect(tools.nsenter.value).toBeNull();
  });
});
