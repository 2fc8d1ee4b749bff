import { describe, expect, it } from 'vitest';
import type { DoctorRow } from '../../../src/formats/doctor.ts';
import { socketFactsOf } from '../../../src/sources/machine/socket-facts.ts';
import { socketRow } from '../../../src/sources/machine/socket-row.ts';
import { type Loaded, loadCalls, socketCalls } from '../../../src/sources/sockets/calls.ts';
import { DEBIAN_12, type Files, MachineFolder } from './machines.ts';

const missing = loadCalls(() => {
  throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
});

function rowOn(files: Files, loaded: Loaded = socketCalls()): DoctorRow {
  using machine = new MachineFolder({ ...DEBIAN_12, ...files });
  return socketRow(socketFactsOf(machine.root, loaded));
}

const fastOpen = (setting: string, blackhole = 0, holds = 3600): Files => ({
  '/proc/sys/net/ipv4/tcp_fastopen': `${setting}\n`,
  '/proc/sys/net/ipv4/tcp_fastopen_blackhole_timeout_sec': `${holds}\n`,
  '/proc/self/net/netstat': `TcpExt: TCPFastOpenActive TCPFastOpenActiveFail TCPFastOpenBlackhole\nTcpExt: 12 3 ${blackhole}\n`,
});

describe('the doctor’s row about probes’ sockets', () => {
  it('is well where options can be set and clients may use Fast Open', () => {
    expect(rowOn(fastOpen('1'))).toMatchObject({
      value: 'can be set and read; Fast Open: on for clients; 12 carried data so far, 3 failed',
      ...{ severity: 'ok', cost: null, mend: null },
    });
  });

  it('says what the lack of koffi costs, which is never the probe itself, and how to mend it', () => {
    expect(rowOn(fastOpen('1'), missing)).toMatchObject({
      value: expect.stringMatching(/^cannot be set: koffi is not installed; Fast Open: on for clients/),
      ...{ severity: 'info', cost: expect.stringMatching(/^Probes work\./), mend: expect.stringContaining('npm ci') },
    });
  });

  it('says how to allow Fast Open to clients without taking it from listeners', () => {
    expect(rowOn(fastOpen('2'))).toMatchObject({ severity: 'info', mend: 'sysctl net.ipv4.tcp_fastopen=3' });
  });

  it('tells a kernel that holds Fast Open back after a black hole from one that goes on', () => {
    expect(rowOn(fastOpen('1', 2)).cost).toContain('for 3600 s and longer each time');
    expect(rowOn(fastOpen('1', 2, 0)).cost).toContain('each costs a second or more');
    expect(rowOn(fastOpen('1', 2)).value).toContain('black holes met 2 times');
  });

  it('is not upset by a kernel without Fast Open', () => {
    expect(rowOn({})).toMatchObject({ value: 'can be set and read; Fast Open: this kernel has none', severity: 'ok' });
  });
});
