import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const fastOpenBlackHole: Scenario = {
  name: 'fast-open-black-hole',
  what: 'Something on the way swallows SYNs that carry data (TCP Fast Open): each connect costs a second more',
  symptom: 'fast-open',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    // 1 client, 2 server, 4 data without a cookie, 0x200 accepted without one.
    for (const host of ['client', 'server']) await stage.network.sysctl(host, 'tcp_fastopen=0x207');
    const service = await server.listen({ fastopen: 16 });
    await stage.network.wire('client', 'tcp flags & (syn|ack) == syn ip length > 60 drop');
    const deed = await stage.does('a client connects four times with data in its SYN', [], () =>
      client.visit(service, { count: 4, fastopen: true }),
    );
    await stage.passes(500);
    return due(deed, {
      suspectedMs: 1020,
      firmMs: 2100,
      evidence: 'each first SYN is lost, the second, without data, is answered at once; TCPFastOpenActiveFail rises',
    });
  },
  proves(seen) {
    expect(seen.all('retransmit', 'client', ({ what }) => what === 'syn').length).toBeGreaterThanOrEqual(3);
    expect(seen.moves('client').filter((move) => move === 'SYN_SENT→ESTABLISHED')).toHaveLength(4);
  },
};

export const fastOpenWorks: Scenario = {
  name: 'fast-open-works',
  what: 'SYNs carry data (TCP Fast Open) and arrive',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    for (const host of ['client', 'server']) await stage.network.sysctl(host, 'tcp_fastopen=0x207');
    const service = await server.listen({ fastopen: 16 });
    await stage.does('a client connects four times with data in its SYN', [], () =>
      client.visit(service, { count: 4, fastopen: true, perSecond: 4 }),
    );
    await stage.passes(500);
    return null;
  },
  proves(seen) {
    expect(seen.moves('client').filter((move) => move === 'SYN_SENT→ESTABLISHED')).toHaveLength(4);
    expect(seen.events.filter(({ kind }) => kind === 'retransmit' || kind === 'drop' || kind === 'reset')).toEqual([]);
  },
};
