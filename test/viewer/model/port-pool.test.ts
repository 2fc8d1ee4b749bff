import { describe, expect, it } from 'vitest';
import { poolOf, portRange } from '../../../src/viewer/model/port-pool.ts';

const setting = {
  setting: 'net.ipv4.ip_local_port_range',
  value: '32768 60999',
  default: null,
  concern: '',
  advice: null,
  severity: 'ok',
} as const;
const group = (count: number) => ({ netns: 1, laddr: 'a', raddr: 'b', rport: 443, count, oldestMs: 0, newestMs: 0, ages: [] });

describe('a pool of local ports', () => {
  it('is as large as the kernel’s range, both ends in it', () => {
    expect(portRange([setting])).toEqual({ low: 32768, high: 60999, size: 28232 });
    expect(portRange([{ ...setting, setting: 'net.ipv4.tcp_fin_timeout' }])).toBeNull();
  });

  it('says how full it is, and nothing where the range is not known', () => {
    const range = portRange([setting]);
    expect([100, 20_000, 27_000].map((count) => poolOf(group(count), range).tone)).toEqual(['calm', 'filling', 'full']);
    expect(poolOf(group(14_116), range).share).toBe(0.5);
    expect(poolOf(group(60_000), null)).toMatchObject({ share: null, tone: 'calm' });
  });
});
