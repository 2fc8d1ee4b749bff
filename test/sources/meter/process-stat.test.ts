import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelUnits, parseStat, readProcess } from '../../../src/sources/meter/process-stat.ts';

const UNITS = { ticksPerSecond: 100, pageBytes: 4096 };
/** Linux 6.18; the command's name is the process's own choice. */
const stat = (comm: string) =>
  `812 (${comm}) S 811 811 811 0 -1 4194304 9152 310 17 0 1234 66 40 2 20 0 1 0 929410 187359232 28544 18446744073709551615 1 1 0 0 0 0\n`;

describe('/proc/PID/stat', () => {
  it('gives user and system time together, children apart, and memory in bytes', () => {
    expect(parseStat(stat('bpftrace'), UNITS)).toEqual({
      began: 929_410,
      cpuSeconds: 13,
      childrenCpuSeconds: 0.42,
      rssBytes: 28_544 * 4096,
    });
  });

  it.each(['a) S 1 2', 'x y', ')', '(('])('is read right whatever the process calls itself: %j', (comm) => {
    expect(parseStat(stat(comm), UNITS)).toEqual(parseStat(stat('bpftrace'), UNITS));
  });

  it('counts in the units that this kernel says', () => {
    const reading = parseStat(stat('bpftrace'), { ticksPerSecond: 1000, pageBytes: 65_536 });
    expect(reading).toMatchObject({ cpuSeconds: 1.3, rssBytes: 28_544 * 65_536 });
  });

  it.each(['', 'nonsense', '812 (bpftrace) S 811 811'])('that is none gives nothing: %j', (text) => {
    expect(parseStat(text, UNITS)).toBeNull();
  });
});

describe('a process', () => {
  it('is measured in the units that getconf says', () => {
    const getconf = (name: string) => Number(execFileSync('getconf', [name], { encoding: 'utf8' }));
    expect(kernelUnits()).toEqual({ ticksPerSecond: getconf('CLK_TCK'), pageBytes: getconf('PAGESIZE') });
  });

  it('agrees with what Node and the kernel say elsewhere of the same', () => {
    const endMs = performance.now() + 100;
    while (performance.now() < endMs);
    const { user, system } = process.cpuUsage();
    const reading = readProcess('self', kernelUnits());
    // utime and stime are cut to a tick each.
    expect(reading?.cpuSeconds).toBeGreaterThan((user + system) / 1e6 - 0.03);
    expect(reading?.cpuSeconds).toBeLessThan((user + system) / 1e6 + 0.1);
    const vmRss = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
    expect(reading?.rssBytes).toBeGreaterThan(vmRss * 0.8);
    expect(reading?.rssBytes).toBeLessThan(vmRss * 1.2);
  });

  it('that is not there gives nothing', () => {
    expect(readProcess(2 ** 22 + 1, UNITS)).toBeNull();
  });
});
