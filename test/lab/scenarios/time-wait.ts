import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const portsExhausted: Scenario = {
  name: 'ports-exhausted',
  what: 'A client closes each connection first, until all 64 ports of its pool are in TIME_WAIT and no connect succeeds',
  symptom: 'time-wait-buildup',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.network.sysctl('client', 'ip_local_port_range=40000 40063', 'tcp_tw_reuse=0');
    const service = await server.listen();
    await stage.does('a client uses up its ports', [], () => client.visit(service, { count: 64, perSecond: 100 }));
    const deed = await stage.does('it connects with no port left', [], () => client.visit(service, { count: 5, perSecond: 10 }));
    await stage.passes(1000);
    return due(deed, { suspectedMs: 0, firmMs: 0, evidence: 'CLOSE→SYN_SENT→CLOSE with local port 0 and no error report' });
  },
  proves(seen) {
    // What began then: the last of those before may still be closing.
    const then = seen.after('no port left');
    const begun = new Set(seen.all('state', 'client', (event) => event.from === 'CLOSE' && then(event)).map(({ sock }) => sock));
    const failed = seen.all('state', 'client', ({ sock }) => begun.has(sock));
    expect(failed.map(({ from, to, lport }) => `${from}→${to} ${lport}`)).toEqual(
      Array(5).fill(['CLOSE→SYN_SENT 0', 'SYN_SENT→CLOSE 0']).flat(),
    );
    expect(seen.all('socket-error', 'client')).toEqual([]);
    expect(seen.all('time-wait', 'client', ({ phase }) => phase === 'enter')).toHaveLength(64);
  },
};

export const timeWaitOverflow: Scenario = {
  name: 'time-wait-overflow',
  what: 'More connections would be in TIME_WAIT than tcp_max_tw_buckets allows: the kernel destroys the rest at once',
  symptom: 'time-wait-buildup',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.network.sysctl('client', 'tcp_max_tw_buckets=20');
    const service = await server.listen();
    const deed = await stage.does('a client makes three times as many', [], () => client.visit(service, { count: 60, perSecond: 100 }));
    await stage.passes(6500);
    return due(deed, { suspectedMs: 200, firmMs: 1200, evidence: 'TCPTimeWaitOverflow rises; births told and population differ' });
  },
  proves(seen) {
    // The events are those of an ordinary close.
    expect(seen.all('time-wait', 'client', ({ phase }) => phase === 'enter')).toHaveLength(60);
  },
};

export const timeWaitBuildUp: Scenario = {
  name: 'time-wait-build-up',
  what: 'A client that closes first uses up its pool of 300 ports at 40 a second: it will be exhausted in seconds',
  symptom: 'time-wait-buildup',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.network.sysctl('client', 'ip_local_port_range=40000 40299', 'tcp_tw_reuse=0');
    const service = await server.listen();
    const deed = await stage.does('a client connects 40 times a second', [], () => client.visit(service, { count: 250, perSecond: 40 }));
    await stage.passes(300);
    return due(deed, {
      suspectedMs: 2500,
      firmMs: 5000,
      evidence: 'a third of the pool in TIME_WAIT and, at the present rate, the rest within seconds',
    });
  },
  proves(seen) {
    expect(seen.all('time-wait', 'client', ({ phase }) => phase === 'enter')).toHaveLength(250);
    expect(seen.all('time-wait', 'server')).toEqual([]);
  },
};
