import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const ownLinkDown: Scenario = {
  name: 'own-link-down',
  what: 'A client’s own link is down while it asks: nothing leaves the host, not even a retransmission',
  symptom: 'half-open',
  async play(stage) {
    const { client, flows } = await stage.pair(2);
    const deed = await stage.does('the client’s link goes down and it asks', flows, async () => {
      await stage.network.ip('client', 'link set eth0 down');
      await client.send(flows);
    });
    await stage.passes(6000);
    return due(deed, {
      suspectedMs: 1700,
      firmMs: 3300,
      evidence: 'Send-Q above 0 and the timer backing off, with nothing retransmitted: by looking only',
    });
  },
  proves(seen) {
    const after = seen.events.filter(seen.after('goes down'));
    expect(after.filter(({ kind }) => kind !== 'neighbour')).toEqual([]);
  },
};

export const neighbourDead: Scenario = {
  name: 'neighbour-dead',
  what: 'A peer vanishes and the client has forgotten its link-layer address: nothing leaves the host',
  symptom: 'half-open',
  async play(stage) {
    const { client, flows } = await stage.pair(2);
    const deed = await stage.does('the server vanishes, its address is forgotten, and the client asks', flows, async () => {
      await stage.network.unplug('server');
      await stage.network.ip('client', 'neigh flush dev eth0');
      await client.send(flows);
    });
    await stage.passes(6000);
    return due(deed, { suspectedMs: 430, firmMs: 3100, evidence: 'retransmissions that never left (EBUSY), then drops for NEIGH_FAILED' });
  },
  proves(seen) {
    const again = seen.all('retransmit', 'client');
    expect(again.filter(({ error }) => error === 'EBUSY').length).toBeGreaterThanOrEqual(2);
    const drops = seen.all('drop', 'client', ({ reason, direction }) => reason === 'NEIGH_FAILED' && direction === 'sending');
    expect(drops.length).toBeGreaterThan(0);
    expect(seen.times(drops, 'vanishes')[0]).toBeGreaterThan(2500);
  },
};
