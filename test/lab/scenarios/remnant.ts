import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const tupleReused: Scenario = {
  name: 'tuple-reused-on-remnant',
  what: 'A client is gone without a word and connects again from the same port: the server still holds the old connection',
  symptom: 'sequence-anomaly',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    const flow = await client.connect(service, { local: 45000 });
    await client.send([flow]);
    await stage.passes(200);
    await client.forget([flow]);
    await stage.passes(300);
    const deed = await stage.does('the same port connects again', [flow], async () => {
      await client.send([await client.connect(service, { local: 45000, waitMs: 3000 })]);
    });
    await stage.passes(1500);
    return due(deed, {
      suspectedMs: 0,
      firmMs: 1100,
      evidence: 'a SYN that meets ESTABLISHED (TCP_INVALID_SYN), a challenge ACK, a reset for it',
      at: ['client', 'server'],
    });
  },
  proves(seen) {
    const after = seen.after('again');
    expect(seen.all('drop', 'server', (event) => after(event) && event.reason === 'TCP_INVALID_SYN').length).toBeGreaterThan(0);
    expect(seen.all('reset', 'client', (event) => after(event) && event.direction === 'sent').map(({ reason }) => reason)).toContain(
      'TCP_INVALID_ACK_SEQUENCE',
    );
    expect(seen.moves('client', after)).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED']);
    expect(seen.moves('server', after)).toEqual(['ESTABLISHED→CLOSE', 'LISTEN→SYN_RECV', 'SYN_RECV→ESTABLISHED']);
  },
};

export const poolZombies: Scenario = {
  name: 'pool-zombies',
  what: 'A server dropped half of a pool’s connections and every FIN was lost: the pool’s next use of each meets a reset',
  symptom: 'sequence-anomaly',
  async play(stage) {
    const { client, server, flows } = await stage.pair(6);
    const zombies = flows.slice(0, 3);
    const ends = await Promise.all(zombies.map((flow) => server.accepted(flow)));
    const before = await stage.does('the server loses half of the pool without a word', zombies, () => server.forget(ends));
    await stage.passes(1500);
    await stage.does('the pool is used', flows, async () => {
      for (const flow of flows) {
        await client.send([flow]);
        await stage.passes(150);
      }
    });
    await stage.passes(1500);
    return due(before, {
      suspectedMs: 1500,
      firmMs: 1900,
      evidence: 'resets without a socket for flows that were ESTABLISHED, while others to the same server go on',
      at: ['client', 'server'],
    });
  },
  proves(seen) {
    const after = seen.after('used');
    expect(seen.all('reset', 'server', (event) => after(event) && event.direction === 'sent')).toHaveLength(3);
    expect(seen.moves('client', after)).toEqual(Array(3).fill('ESTABLISHED→CLOSE'));
    const lports = new Set(seen.flows('loses').map(({ lport }) => lport));
    expect(seen.all('reset', 'client', after).every(({ lport, state }) => lports.has(lport) && state === 'ESTABLISHED')).toBe(true);
  },
};
