import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { busyBetween, cpuSecondsOf, cpuTicksIn } from './cpu.ts';

describe('CPU time of a process', () => {
  it('is its own and that of children that have ended, whatever its name holds', () => {
    const rest = ['S', 1, 1, 1, 0, -1, 0, 0, 0, 0, 0, 7, 11, 13, 17, 20, 0].join(' ');
    expect(cpuTicksIn(`123 (a) b ( c) ${rest}`)).toBe(7 + 11 + 13 + 17);
  });

  it('agrees with what Node knows of itself', () => {
    const endMs = performance.now() + 300;
    while (performance.now() < endMs);
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    expect(Math.abs(cpuSecondsOf(process.pid) - (userCPUTime + systemCPUTime) / 1e6)).toBeLessThan(0.1);
  });
});

describe('how busy a machine was', () => {
  it('is all time but idle and waiting for disks', () => {
    expect(busyBetween('cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 …', 'cpu  130 0 110 850 10 0 0 0 0 0\ncpu0 …')).toBeCloseTo(0.4);
  });

  it('is nothing between a look and itself, on the real file too', () => {
    const stat = readFileSync('/proc/stat', 'latin1');
    expect(busyBetween(stat, stat)).toBe(0);
  });
});
