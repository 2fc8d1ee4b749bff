import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

const FLOWS = 4;

export const shortOutage: Scenario = {
  name: 'short-outage',
  what: 'A server is out of reach for one second, then all connections go on',
  symptom: null,
  async play(stage) {
    const { client, flows } = await stage.pair(FLOWS);
    await client.ask(flows, 100);
    await stage.passes(500);
    await stage.does('the server is out of reach', flows, async () => {
      await stage.network.unplug('server');
      await stage.passes(1000);
      await stage.network.plug('server');
    });
    await stage.passes(3500);
    return null;
  },
  proves(seen) {
    const again = seen.all('retransmit', 'client', ({ timer }) => timer === 'rto');
    expect(again.length).toBeGreaterThanOrEqual(FLOWS * 2);
    expect(Math.max(...again.map(({ backoff }) => backoff))).toBeLessThanOrEqual(3);
    expect(Math.max(...seen.times(again, 'out of reach'))).toBeLessThan(2500);
    expect(seen.all('state', 'client', seen.after('out of reach'))).toEqual([]);
  },
};
