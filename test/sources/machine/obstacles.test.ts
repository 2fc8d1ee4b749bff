import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../src/core/model/errors.ts';
import type { Hook } from '../../../src/core/model/hook.ts';
import { type Machine, readMachine } from '../../../src/sources/machine/machine.ts';
import { obstaclesOf } from '../../../src/sources/machine/obstacles.ts';
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
  ORDINARY_USER_REFUSED,
  saying,
  status,
} from './machines.ts';

const STATE: Hook = { fact: 'sock-state', script: 'sock-state', lack: null };

async function read(files: Files, { bpftrace = saying('bpftrace v0.17.0'), refused = [] as readonly string[] } = {}): Promise<Machine> {
  using machine = new MachineFolder(files, refused);
  return await readMachine({ root: machine.root, bpftrace, ss: MISSING, nsenter: MISSING, monotonicNs: AWAKE });
}

async function codes(files: Files, options: Parameters<typeof read>[1] = {}, hooks: readonly Hook[] = [STATE]): Promise<string[]> {
  return obstaclesOf(await read(files, options), hooks).map(({ code }) => code);
}

describe('a machine that can be observed', () => {
  it('is Debian 12 as root', async () => {
    expect(await codes(DEBIAN_12)).toEqual([]);
  });

  it('needs neither BTF nor much memory to lock', async () => {
    expect(await codes(OLD_WITHOUT_BTF)).toEqual([]);
  });

  it('needs of root’s capabilities only CAP_BPF and CAP_PERFMON, from Linux 5.8', async () => {
    const cut = { '/proc/self/status': status(0, '000000c000000000') };
    expect(await codes({ ...DEBIAN_12, ...cut })).toEqual([]);
    expect(await codes({ ...DEBIAN_12, ...cut, '/proc/sys/kernel/osrelease': '5.4.0' })).toEqual(['NOT_PRIVILEGED']);
  });

  it('needs no root from bpftrace 0.25, with both capabilities and a readable tracefs', async () => {
    const capable = { ...DEBIAN_12, '/proc/self/status': status(1000, '000000c000000006') };
    expect(await codes(capable, { bpftrace: saying('bpftrace v0.27.1') })).toEqual([]);
    expect(await codes(capable, { bpftrace: saying('bpftrace v0.17.0') })).toEqual(['NOT_PRIVILEGED']);
  });
});

describe('a machine that cannot', () => {
  it('lacks bpftrace, or has one that is too old', async () => {
    expect(await codes(DEBIAN_12, { bpftrace: [...MISSING] })).toEqual(['BPFTRACE_MISSING']);
    expect(await codes(DEBIAN_12, { bpftrace: saying('bpftrace v0.11.3') })).toEqual(['BPFTRACE_TOO_OLD']);
  });

  it('is seen by an ordinary user: told once, to be root', async () => {
    const [only, ...others] = obstaclesOf(await read(ORDINARY_USER, { refused: ORDINARY_USER_REFUSED }), []);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      code: 'NOT_PRIVILEGED',
      message: expect.stringContaining('user 1000'),
      mend: expect.stringContaining('sudo'),
    });
  });

  it('is a bare container: told what to start it with', async () => {
    const obstacles = obstaclesOf(await read(CONTAINER), []);
    expect(obstacles.map(({ code }) => code)).toEqual(['NOT_PRIVILEGED', 'TRACEFS_MISSING']);
    expect(obstacles[0]?.mend).toContain('--cap-add BPF --cap-add PERFMON');
    expect(obstacles[1]?.mend).toContain('-v /sys/kernel/tracing');
  });

  it('has no tracefs mounted: told the command', async () => {
    const files = { ...DEBIAN_12, '/proc/self/mounts': '' };
    const without = Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('/sys/kernel/tracing')));
    expect(obstaclesOf(await read(without), [])).toMatchObject([
      { code: 'TRACEFS_MISSING', mend: 'mount -t tracefs nodev /sys/kernel/tracing' },
    ]);
  });

  it('hides its tracepoints even from root', async () => {
    expect(await codes(DEBIAN_12, { refused: ORDINARY_USER_REFUSED })).toEqual(['TRACEFS_MISSING']);
  });

  it('is locked down to confidentiality', async () => {
    expect(await codes(LOCKED_DOWN)).toEqual(['BPFTRACE_REFUSED']);
  });

  it('has no hook for state changes, whatever else attaches', async () => {
    const drop: Hook = { fact: 'drop', script: 'drop', lack: null };
    const none: Hook = { fact: 'sock-state', script: null, lack: 'no tracepoint and no kprobe' };
    const [only] = obstaclesOf(await read(DEBIAN_12), [none, drop]);
    expect(only).toMatchObject({ code: 'NO_STATE_HOOK', message: expect.stringContaining('no tracepoint and no kprobe') });
    expect(await codes(DEBIAN_12, {}, [drop])).toEqual(['NO_STATE_HOOK']);
  });
});

it('every obstacle has a code that ends the command with 3', async () => {
  const machines = [
    await read(CONTAINER),
    await read(LOCKED_DOWN, { bpftrace: [...MISSING] }),
    await read(DEBIAN_12, { bpftrace: saying('bpftrace v0.9') }),
  ];
  const obstacles = [...machines.flatMap((machine) => obstaclesOf(machine, [])), ...obstaclesOf(await read(DEBIAN_12), [])];
  expect(new Set(obstacles.map(({ code }) => code)).size).toBe(6);
  for (const { code, message, mend } of obstacles) {
    expect(ERRORS[code].exit).toBe(3);
    expect([message, mend].every((text) => text.length > 10)).toBe(true);
  }
});
