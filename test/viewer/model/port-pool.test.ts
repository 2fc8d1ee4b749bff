import { describe, expect, it } from 'vitest';
import type { TimeWaitPool } from '../../../src/formats/status.ts';
import { gaugesOf, portRange } from '../../../src/viewer/model/port-pool.ts';

const setting = {
  setting: 'net.ipv4.ip_local_port_range',
  value: '32768 60999',
  default: null,
  concern: '',
  advice: null,
  severity: 'ok',
} as const;
const pool = (more: Partial<TimeWaitPool> = {}): TimeWaitPool => ({
  ...{ side: 'client', netns: 1, laddr: '10.0.0.1', lport: null, raddr: '10.0.0.2', rport: 443, count: 100, probes: 0, entered: 100 },
  ...{ left: 0, reused: 0, ports: 1000, perSecond: { entered: 30, left: 5, reused: 0 }, exhaustedInS: null, reuses: false },
  ...more,
});
const group = (count: number, raddr = '10.0.0.3') => ({
  ...{ netns: 1, laddr: '10.0.0.1', raddr, rport: 80, count, oldestMs: 0, newestMs: 0, ages: [] },
});
const of = (...pools: TimeWaitPool[]) => gaugesOf({ pools, groups: [] }, null);

describe('a pool of local ports', () => {
  it('is as large as the kernel’s range, both ends in it', () => {
    expect(portRange([setting])).toEqual({ low: 32768, high: 60999, size: 28232 });
    expect(portRange([{ ...setting, setting: 'net.ipv4.tcp_fin_timeout' }])).toBeNull();
  });

  it('says how full it is by its own namespace’s range, and nothing where that is not known', () => {
    expect([100, 700, 900].map((count) => of(pool({ count }))[0]?.tone)).toEqual(['calm', 'filling', 'full']);
    expect(of(pool({ count: 500 }))[0]?.share).toBe(0.5);
    expect(of(pool({ count: 60_000, ports: null }))[0]).toMatchObject({ share: null, tone: 'calm' });
    expect(gaugesOf({ pools: [pool({ ports: null, count: 7058 })], groups: [] }, portRange([setting]))[0]?.share).toBe(0.25);
  });

  it('foretells when no port is left, and sounds like it before it is full', () => {
    const [gauge] = of(pool({ exhaustedInS: 36 }));
    expect(gauge).toMatchObject({ tone: 'filling' });
    expect(gauge?.forecast).toContain('none is left in 36 s at this rate');
    expect(of(pool({ count: 1000 }))[0]?.forecast).toContain('none is left ·');
  });

  it.each([
    [
      { perSecond: { entered: 10, left: 2, reused: 0 } },
      'not used up at this rate: each port comes back after 60 s, so it stays below 600',
    ],
    [{ perSecond: { entered: 30, left: 31, reused: 0 } }, 'as many leave as enter'],
    [{ perSecond: { entered: 0, left: 31, reused: 0 } }, 'draining'],
    [{ reuses: true, exhaustedInS: 3 }, 'not used up: tcp_tw_reuse'],
    [{ ports: null }, 'how many ports there are is not known'],
    [{ perSecond: null }, 'no rate yet'],
  ] as const)('says why none is foretold: %o', (more, words) => {
    expect(of(pool(more))[0]).toMatchObject({ tone: 'calm', forecast: expect.stringContaining(words) });
  });

  it('lists the fullest first, small ones without a forecast, and no listening port among them', () => {
    const server = pool({ side: 'server', lport: 8080, raddr: null, rport: null, count: 900, laddr: '10.0.0.9', ports: null });
    const groups = [group(3), group(100, '10.0.0.2'), { ...group(1, '10.0.0.7'), laddr: '10.0.0.9' }];
    const gauges = gaugesOf({ pools: [server, pool({ count: 100, rport: 80 })], groups }, null);
    expect(gauges.map(({ raddr, count, forecast }) => [raddr, count, forecast.slice(0, 7)])).toEqual([
      ['10.0.0.2', 100, 'not use'],
      ['10.0.0.3', 3, 'too few'],
    ]);
  });
});
