import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due, type Stage } from '../stage.ts';

const FLOOD = 200;

/** A flood of SYNs that nobody will complete, and a client that connects meanwhile. */
async function flooded(stage: Stage, cookies: 0 | 1) {
  const { client, server, flooder } = await stage.hosts(['client', 'server', 'flooder']);
  await stage.network.sysctl('server', `tcp_syncookies=${cookies}`, 'tcp_max_syn_backlog=16');
  const service = await server.listen({ backlog: 64 });
  // What answers them goes nowhere, as on the Internet.
  const sources = '198.51.100';
  await stage.network.ip('server', `route add ${sources}.0/24 via ${flooder.address}`);
  await client.connect(service);
  const deed = await stage.does('a SYN flood comes', [], () => flooder.flood(FLOOD, service, sources));
  const flow = await client.connect(service, { waitMs: 2500 });
  await client.send([flow]);
  await stage.passes(5000);
  return deed;
}

export const synQueueFull: Scenario = {
  name: 'syn-queue-full',
  what: 'SYNs that nobody completes fill a listener’s SYN queue, and cookies are off: further SYNs are dropped',
  symptom: 'accept-queue',
  async play(stage) {
    const deed = await flooded(stage, 0);
    return due(deed, {
      suspectedMs: 0,
      firmMs: 1100,
      evidence: 'TCPReqQFullDrop and ListenDrops rise, SYN-ACKs go unanswered',
      at: ['server', 'client'],
    });
  },
  proves(seen) {
    expect(seen.all('retransmit', 'server', ({ what }) => what === 'synack').length).toBeGreaterThan(10);
    expect(seen.all('retransmit', 'client', ({ what }) => what === 'syn').length).toBeGreaterThan(0);
  },
};

export const synCookies: Scenario = {
  name: 'syn-cookies',
  what: 'SYNs that nobody completes fill a listener’s SYN queue; cookies let a real client in at once',
  symptom: 'accept-queue',
  async play(stage) {
    const deed = await flooded(stage, 1);
    return due(deed, { suspectedMs: 0, firmMs: 1100, evidence: 'TCPReqQFullDoCookies and SyncookiesSent rise', at: ['server'] });
  },
  proves(seen) {
    expect(seen.all('retransmit', 'client', ({ what }) => what === 'syn')).toEqual([]);
    expect(seen.moves('client', seen.after('flood'))).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED']);
  },
};
