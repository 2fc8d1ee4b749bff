import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

/** kernel-facts §8: retransmissions at +0.2 (TLP), 0.41, 0.84, 1.67, 3.3 s; sequence numbers never move. */
export const peerVanishes: Scenario = {
  name: 'peer-vanishes',
  what: 'A server’s host vanishes from the network while requests to it are unanswered',
  symptom: 'half-open',
  async play(stage) {
    const { client, flows } = await stage.pair(2);
    const deed = await stage.does('the server vanishes and the client asks it', flows, async () => {
      await stage.network.unplug('server');
      await client.send(flows);
    });
    await stage.passes(8000);
    return due(deed, {
      suspectedMs: 1670,
      firmMs: 3300,
      evidence: 'the fourth timeout in a row, nothing acknowledged, nothing heard from that address',
    });
  },
  proves(seen) {
    for (const { lport } of seen.flows('vanishes')) {
      const again = seen.all('retransmit', 'client', (event) => event.lport === lport);
      expect(again.map(({ timer, what }) => `${what} ${timer}`)).toEqual(['data tlp', ...Array(again.length - 1).fill('data rto')]);
      const atMs = seen.times(again, 'vanishes');
      for (const [index, ms] of [210, 430, 850, 1700, 3400, 6700].entries())
        expect(Math.abs((atMs[index] ?? 0) - ms)).toBeLessThan(100 + ms / 10);
      expect(new Set(again.map(({ seqStart }) => seqStart)).size).toBe(1);
    }
    expect(seen.all('state', 'client', seen.after('vanishes'))).toEqual([]);
    expect(seen.all('reset', 'client')).toEqual([]);
  },
};
