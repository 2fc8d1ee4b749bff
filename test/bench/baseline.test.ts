import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machineNow, merged, readBaseline, sameMachine, writeBaseline } from './baseline.ts';
import type { Report } from './benchmark.ts';

const MACHINE: Machine = { cpu: 'a processor', cores: 2, kernel: '6.18.0', node: 'v24.21.0', bpftraces: { system: '0.17.0' } };
const report = (values: readonly number[]): Report => ({ figures: [{ name: 'ratio', unit: '', values }], accounts: [], notes: [] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synoptic-baseline-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the baseline', () => {
  it('survives being written and read', () => {
    const path = join(folder, 'baseline.json');
    const baseline = merged(null, MACHINE, new Map([['storm', report([1, 3, 2])]]), '2026-11-21');
    writeBaseline(path, baseline);
    expect(readBaseline(path)).toEqual(baseline);
    expect(baseline.benchmarks['storm']).toEqual({
      date: '2026-11-21',
      figures: { ratio: { unit: '', median: 2, min: 1, max: 3, count: 3 } },
    });
  });

  it('keeps the benchmarks that were not run again, and the bpftraces they ran with', () => {
    const first = merged(null, MACHINE, new Map([['storm', report([1])]]), '2026-11-20');
    const second = merged(first, { ...MACHINE, bpftraces: { sid: '0.27.1' } }, new Map([['paced', report([2])]]), '2026-11-21');
    expect(Object.keys(second.benchmarks)).toEqual(['storm', 'paced']);
    expect(second.machine.bpftraces).toEqual({ system: '0.17.0', sid: '0.27.1' });
  });

  it('forgets another machine’s', () => {
    const first = merged(null, MACHINE, new Map([['storm', report([1])]]), '2026-11-20');
    const second = merged(first, { ...MACHINE, kernel: '7.0.0' }, new Map([['paced', report([2])]]), '2026-11-21');
    expect(Object.keys(second.benchmarks)).toEqual(['paced']);
  });

  it('holds no figure of what was not measured', () => {
    const baseline = merged(null, MACHINE, new Map([['storm', report([])]]), '2026-11-20');
    expect(baseline.benchmarks['storm']?.figures).toEqual({});
  });

  it('is null where there is none, and says so where it is damaged', () => {
    const path = join(folder, 'baseline.json');
    expect(readBaseline(path)).toBeNull();
    writeFileSync(path, '{"machine":{}}');
    expect(() => readBaseline(path)).toThrow(`${path} is damaged`);
  });

  it('describes this machine', () => {
    const machine = machineNow({ system: '0.17.0' });
    expect(machine).toMatchObject({ node: process.version, bpftraces: { system: '0.17.0' } });
    expect(sameMachine(machine, machineNow({}))).toBe(true);
  });
});
