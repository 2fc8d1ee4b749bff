import { describe, expect, it } from 'vitest';
import { costLine, costRows } from '../../../src/viewer/model/cost.ts';
import { aStatus } from '../wire.ts';

const status = aStatus();
const { observer, completeness } = status;

describe('the cost in the header', () => {
  it('is read at a glance', () => {
    expect(costLine(status)).toEqual({ figures: ['0.21 core', '115 MB', '50,012 lines/s'], told: 'every socket', tone: 'whole' });
  });

  it('says loudly that sockets are left out, and how much was only counted', () => {
    const sampling = aStatus({ observer: { ...observer, share: 32 } });
    expect(costLine(sampling)).toMatchObject({ told: '1 socket in 32 told one by one', tone: 'sampled' });
    const shed = { ...sampling, completeness: { ...completeness, shed: 1_234_567 } };
    expect(costLine(shed)).toMatchObject({ told: '1 socket in 32 told one by one, 1,234,567 records only counted', tone: 'sampled' });
  });

  it('does not forget it once every socket is told again', () => {
    const after = aStatus({ completeness: { ...completeness, shed: 1 } });
    expect(costLine(after)).toMatchObject({ told: 'every socket again, 1 record only counted', tone: 'was-sampled' });
  });

  it('never makes a figure of what is not known', () => {
    const hidden = { pid: 812, cpuCores: null, cpuSeconds: null, rssBytes: null };
    const partly = aStatus({ observer: { ...observer, cpuCores: null, memoryBytes: null, bpftrace: hidden, output: null, loop: null } });
    expect(costLine(partly).figures).toEqual(['CPU not known', 'memory not known']);
    expect(costRows(partly)).toContainEqual(expect.objectContaining({ what: 'bpftrace', amount: 'CPU not known, memory not known' }));
    expect(costRows(partly)).toContainEqual(expect.objectContaining({ what: 'reader late', amount: 'not known' }));
    expect(costLine(aStatus({ mode: 'demo' })).figures).toEqual(['not measured in a recording']);
  });

  it('opens to each part of it', () => {
    const rows = Object.fromEntries(costRows(status).map(({ what, amount }) => [what, amount]));
    expect(rows).toEqual({
      bpftrace: '0.12 core, 45 MB',
      Node: '0.08 core, 70 MB',
      'ss, nsenter': '0.01 core',
      'read from bpftrace': '50,012 lines/s, 4.5 MB/s',
      'reader late': 'p50 200 µs, p99 3 ms, max 12 ms',
      'held for order': '500 records',
      'live clients': '1',
    });
  });

  it('tells what clients wait for and did not get', () => {
    const live = { clients: 3, waitingEvents: 20, waitingBytes: 4000, missed: 7 };
    expect(costRows(aStatus({ observer: { ...observer, live } }))).toContainEqual({
      what: 'live clients',
      amount: '3',
      meaning: '20 events and 4 kB wait for them; 7 events did not reach those that read too slowly',
    });
  });
});
