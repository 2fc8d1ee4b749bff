import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

export const slowReader: Scenario = {
  name: 'slow-reader',
  what: 'A client reads slowly, for seconds not at all: its window is zero and the server probes it',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen({ serve: { does: 'reply', bytes: 400_000 } });
    const flow = await client.connect(service, { buffer: 8192, serve: { does: 'unread' } });
    await stage.does('the server sends more than the client takes', [flow], () => client.send([flow]));
    await stage.passes(6000);
    return null;
  },
  proves(seen) {
    // Zero-window probes are no retransmissions.
    expect(seen.all('retransmit', 'server', ({ timer }) => timer === 'rto')).toEqual([]);
    expect(seen.all('state', 'server', seen.after('sends more'))).toEqual([]);
  },
};
