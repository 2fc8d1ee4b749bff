import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

const TIMES = 5;

export const connectRefused: Scenario = {
  name: 'connect-refused',
  what: 'Nobody listens: every connect is refused, again and again',
  symptom: 'connect-failure',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const deed = await stage.does('a client connects five times to a closed port', [], async () => {
      expect(await client.visit({ address: server.address, port: 81 }, { count: TIMES, perSecond: 4 })).toEqual(Array(TIMES).fill('ECONNREFUSED'));
    });
    await stage.passes(1000);
    return due(deed, { suspectedMs: 250, firmMs: 1000, evidence: 'SYN_SENT→CLOSE with a reset received and ECONNREFUSED, each time' });
  },
  proves(seen) {
    expect(seen.moves('client')).toEqual(Array(TIMES).fill(['CLOSE→SYN_SENT', 'SYN_SENT→CLOSE']).flat());
    expect(seen.all('reset', 'client', ({ direction, state }) => direction === 'received' && state === 'SYN_SENT')).toHaveLength(TIMES);
    expect(seen.all('socket-error', 'client').map(({ errno }) => errno)).toEqual(Array(TIMES).fill('ECONNREFUSED'));
    expect(seen.all('reset', 'server', ({ reason }) => reason === 'NO_SOCKET')).toHaveLength(TIMES);
  },
};

export const connectFiltered: Scenario = {
  name: 'connect-filtered',
  what: 'A firewall on the way swallows SYNs to one port: connects hang',
  symptom: 'connect-failure',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await server.listen({ port: 8080 });
    await stage.network.wire('client', 'tcp dport 8080 drop');
    const deed = await stage.does('two clients connect', [], async () => {
      for (let index = 0; index < 2; index++) await client.tries({ address: server.address, port: 8080 }, { waitMs: 100 });
    });
    await stage.passes(6000);
    return due(deed, { suspectedMs: 1000, firmMs: 3100, evidence: 'SYNs sent again, nothing comes back' });
  },
  proves(seen) {
    const again = seen.all('retransmit', 'client', ({ what, state }) => what === 'syn' && state === 'SYN_SENT');
    expect(again.length).toBeGreaterThanOrEqual(2 * 4);
    expect(seen.times(again, 'connect')[0]).toBeCloseTo(1020, -2.5);
    expect(seen.moves('client')).toEqual(Array(2).fill('CLOSE→SYN_SENT'));
  },
};

export const connectUnreachable: Scenario = {
  name: 'connect-unreachable',
  what: 'A router on the way says that nobody can be reached there (ICMP host unreachable)',
  symptom: 'connect-failure',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.network.firewall('server', 'tcp dport 8080 reject with icmp type host-unreachable');
    const deed = await stage.does('a client connects five times', [], async () => {
      const ends = await client.visit({ address: server.address, port: 8080 }, { count: TIMES, perSecond: 4 });
      expect(ends).toEqual(Array(TIMES).fill('EHOSTUNREACH'));
    });
    await stage.passes(1000);
    return due(deed, { suspectedMs: 250, firmMs: 1000, evidence: 'SYN_SENT→CLOSE with EHOSTUNREACH and no reset, each time' });
  },
  proves(seen) {
    expect(seen.moves('client')).toEqual(Array(TIMES).fill(['CLOSE→SYN_SENT', 'SYN_SENT→CLOSE']).flat());
    expect(seen.all('reset', 'client')).toEqual([]);
    expect(seen.all('socket-error', 'client').map(({ errno }) => errno)).toEqual(Array(TIMES).fill('EHOSTUNREACH'));
  },
};
