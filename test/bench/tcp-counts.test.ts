import { describe, expect, it } from 'vitest';
import { grown, tcpCountsOf } from './tcp-counts.ts';

describe('what the kernel counts', () => {
  it('is read by name, not by place', () => {
    const snmp = 'Ip: Forwarding\nIp: 1\nTcp: MaxConn PassiveOpens CurrEstab ActiveOpens\nTcp: -1 20 3 30\n';
    expect(tcpCountsOf(snmp)).toEqual({ activeOpens: 30, passiveOpens: 20, open: 3 });
  });

  it('says which counter a kernel lacks', () => {
    expect(() => tcpCountsOf('Tcp: ActiveOpens\nTcp: 1\n')).toThrow('PassiveOpens');
  });

  it('grows over all namespaces, those new in between from nothing; open is what was so at first', () => {
    const one = (activeOpens: number, passiveOpens: number, open: number) => ({ activeOpens, passiveOpens, open });
    const before = new Map([
      [1, one(10, 5, 2)],
      [2, one(9, 9, 4)],
    ]);
    const after = new Map([
      [1, one(13, 6, 0)],
      [3, one(1, 2, 1)],
    ]);
    expect(grown(before, after)).toEqual({ activeOpens: 4, passiveOpens: 3, open: 6 });
  });
});
