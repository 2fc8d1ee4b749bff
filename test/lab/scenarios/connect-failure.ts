import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { tally } from '../seen.ts';
import { due } from '../stage.ts';

const TIMES = 5;

export const connectRefused: Scenario = {
  name: 'connect-refused',
  what: 'Nobody listens: every connect is refused, again and again',
  symptom: 'connect-failure',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const deed = await stage.does('a client connects five times to a closed port', [], async () => {
      await client.visit({ address: server.address, port: 81 }, { count: TIMES, perSecond: 4 });
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
    // From the first SYN on, by the kernel's clock: a busy machine begins a deed late.
    const [first] = again;
    const [begun] = seen.all('state', 'client', ({ sock }) => sock === first?.sock);
    expect(((first?.ns ?? 0) - (begun?.ns ?? 0)) / 1e6).toBeCloseTo(1030, -2);
    expect(seen.moves('client')).toEqual(Array(2).fill('CLOSE→SYN_SENT'));
  },
};

const UNREACHABLE = 'tcp dport 8080 reject with icmp type host-unreachable';

export const connectUnreachable: Scenario = {
  name: 'connect-unreachable',
  what: 'A router on the way says that nobody can be reached there (ICMP host unreachable)',
  symptom: 'connect-failure',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.network.firewall('server', UNREACHABLE);
    // A wire without delay would answer within the connect() itself, see unreachable-at-once: the first SYNs are lost.
    await stage.network.wire('client', 'tcp dport 8080 drop');
    const deed = await stage.does('a client connects five times', [], async () => {
      for (let index = 0; index < TIMES; index++) await client.tries({ address: server.address, port: 8080 }, { waitMs: 50 });
    });
    await stage.network.wire('client');
    await stage.passes(3000);
    return due(deed, { suspectedMs: 1050, firmMs: 1300, evidence: 'SYN_SENT→CLOSE with EHOSTUNREACH and no reset, each time' });
  },
  proves(seen) {
    expect(tally(seen.moves('client'))).toEqual({ 'CLOSE→SYN_SENT': TIMES, 'SYN_SENT→CLOSE': TIMES });
    expect(seen.all('reset', 'client')).toEqual([]);
    expect(seen.all('socket-error', 'client').map(({ errno }) => errno)).toEqual(Array(TIMES).fill('EHOSTUNREACH'));
  },
};

export const unreachableAtOnce: Scenario = {
  name: 'unreachable-at-once',
  what: 'As connect-unreachable, but the answer comes while connect() still holds the socket: the kernel keeps it as a soft error',
  symptom: 'connect-failure',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.network.firewall('server', UNREACHABLE);
    const deed = await stage.does('a client connects five times', [], () =>
      client.visit({ address: server.address, port: 8080 }, { count: TIMES, perSecond: 4 }),
    );
    await stage.passes(1000);
    return due(deed, {
      suspectedMs: 250,
      firmMs: 1000,
      evidence: 'SYN_SENT→CLOSE with a port, within a millisecond and without a reset, each time',
    });
  },
  proves(seen) {
    expect(seen.moves('client')).toEqual(Array(TIMES).fill(['CLOSE→SYN_SENT', 'SYN_SENT→CLOSE']).flat());
    expect(seen.all('state', 'client', ({ to }) => to === 'CLOSE').every(({ lport }) => lport > 0)).toBe(true);
    expect(seen.events.filter(({ kind }) => kind === 'reset' || kind === 'socket-error')).toEqual([]);
  },
};

export const synLostOnce: Scenario = {
  name: 'syn-lost-once',
  what: 'One SYN is lost on the way, its retransmission is answered',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    await stage.network.wire('client', `tcp dport ${service.port} drop`);
    await stage.does('a client connects', [], async () => {
      const flow = await client.connect(service, { waitMs: 200 });
      await stage.network.wire('client');
      await stage.passes(1500);
      await client.send([flow]);
    });
    await stage.passes(3000);
    return null;
  },
  proves(seen) {
    expect(seen.all('retransmit', 'client').map(({ what, backoff }) => `${what} ${backoff}`)).toEqual(['syn 1']);
    expect(seen.moves('client')).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED']);
  },
};
