import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const userTimeout: Scenario = {
  name: 'user-timeout',
  what: 'A peer vanishes while data is pending, and TCP_USER_TIMEOUT of 3 s ends the connection',
  symptom: 'half-open',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const flow = await client.connect(await server.listen(), { userTimeoutMs: 3000 });
    await client.send([flow]);
    await stage.passes(100);
    const deed = await stage.does('the server vanishes and the client asks it', [flow], async () => {
      await stage.network.unplug('server');
      await client.send([flow]);
    });
    await stage.passes(4000);
    return due(deed, { suspectedMs: 1670, firmMs: 3430, evidence: 'ETIMEDOUT after unanswered retransmissions' });
  },
  proves(seen) {
    const errors = seen.all('socket-error', 'client');
    expect(errors.map(({ errno }) => errno)).toEqual(['ETIMEDOUT']);
    expect(seen.times(errors, 'vanishes')[0]).toBeGreaterThan(2900);
    expect(seen.times(errors, 'vanishes')[0]).toBeLessThan(3700);
    expect(seen.moves('client', seen.after('vanishes'))).toEqual(['ESTABLISHED→CLOSE']);
    // Death by timer sends no RST.
    expect(seen.all('reset', 'client', ({ direction }) => direction === 'sent')).toEqual([]);
  },
};
