import { describe, expect, it } from 'vitest';
import { boundingSetOf } from '../../../src/sources/machine/bounding-set.ts';
import { readMachine } from '../../../src/sources/machine/machine.ts';
import { privilegeRows } from '../../../src/sources/machine/rows.ts';
import { AWAKE, DEBIAN_12, type Files, MachineFolder, MISSING, saying, status } from './machines.ts';

const PARANOID = '/proc/sys/kernel/perf_event_paranoid';
const LEAST = ['bpf', 'perfmon', 'ipc_lock'];

async function read(files: Files) {
  using machine = new MachineFolder(files);
  return await readMachine({ root: machine.root, bpftrace: saying('bpftrace v0.17.0'), ss: MISSING, nsenter: MISSING, monotonicNs: AWAKE });
}

describe('the bounding set of bpftrace', () => {
  it('is bpf, perfmon and ipc_lock on a mainline kernel', async () => {
    expect(boundingSetOf(await read({ ...DEBIAN_12, [PARANOID]: '2\n' }))).toEqual(LEAST);
    expect(boundingSetOf(await read({ ...DEBIAN_12, [PARANOID]: '-1\n' }))).toEqual(LEAST);
  });

  it('holds sys_admin where kernel.perf_event_paranoid is 3, as Debian ships it, or 4, as Ubuntu does', async () => {
    expect(boundingSetOf(await read(DEBIAN_12))).toEqual([...LEAST, 'sys_admin']);
    expect(boundingSetOf(await read({ ...DEBIAN_12, [PARANOID]: '4\n' }))).toContain('sys_admin');
  });

  it('holds sys_admin before Linux 5.8, which knows neither bpf nor perfmon', async () => {
    const files = { ...DEBIAN_12, [PARANOID]: '2\n', '/proc/sys/kernel/osrelease': '5.4.0-1-amd64\n' };
    expect(boundingSetOf(await read(files))).toContain('sys_admin');
  });

  it('asks for no sys_admin that root has already lost: setpriv would fail', async () => {
    const cut = { ...DEBIAN_12, '/proc/self/status': status(0, '000000c000004000') };
    expect(boundingSetOf(await read(cut))).toEqual(LEAST);
  });

  it('is told by doctor where it must be wide, with what lets it be narrow', async () => {
    const row = privilegeRows(await read(DEBIAN_12)).find(({ name }) => name === 'perf paranoid');
    expect(row).toMatchObject({
      severity: 'info',
      cost: 'bpftrace keeps CAP_SYS_ADMIN',
      mend: expect.stringContaining('perf_event_paranoid=2'),
    });
    const mainline = privilegeRows(await read({ ...DEBIAN_12, [PARANOID]: '2\n' })).find(({ name }) => name === 'perf paranoid');
    expect(mainline).toMatchObject({ severity: 'ok', mend: null });
  });
});
