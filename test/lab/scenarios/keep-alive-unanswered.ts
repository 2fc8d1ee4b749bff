import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const keepAliveUnanswered: Scenario = {
  name: 'keep-alive-unanswered',
  what: 'A peer vanishes from an idle connection; its keep-alive (1 s idle, 1 s apart, 2 probes) goes unanswered',
  symptom: 'half-open',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const flow = await client.connect(await server.listen(), { keepAlive: [1, 1, 2] });
    await client.send([flow]);
    await stage.passes(50);
    const deed = await stage.does('the server vanishes', [flow], () => stage.network.unplug('server'));
    await stage.passes(5000);
    return due(deed, { suspectedMs: 2000, firmMs: 3100, evidence: 'probes out and unanswered, then TCP_KEEPALIVE_TIMEOUT and ETIMEDOUT' });
  },
  proves(seen) {
    // The probes themselves are told by no event.
    expect(seen.all('retransmit', 'client')).toEqual([]);
    const resets = seen.all('reset', 'client', ({ direction }) => direction === 'sent');
    expect(resets.map(({ reason }) => reason)).toEqual(['TCP_KEEPALIVE_TIMEOUT']);
    const errors = seen.all('socket-error', 'client');
    expect(errors.map(({ errno }) => errno)).toEqual(['ETIMEDOUT']);
    const [ms = 0] = seen.times(errors, 'vanishes');
    expect(ms).toBeGreaterThan(2500);
    expect(ms).toBeLessThan(4000);
  },
};
