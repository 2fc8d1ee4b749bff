import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { tally } from '../seen.ts';
import { due } from '../stage.ts';

export const connectionChurn: Scenario = {
  name: 'connection-churn',
  what: 'A client makes a new connection for each request, 50 a second and without end',
  symptom: 'connection-churn',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    const deed = await stage.does('a client connects for each request', [], () => client.visit(service, { count: 300, perSecond: 50 }));
    await stage.passes(LAST_MS);
    return due(deed, { suspectedMs: 5000, evidence: 'short lives at a steady rate from one client to one service: a matter of policy' });
  },
  proves(seen) {
    expect(tally(seen.moves('client'))).toEqual(Object.fromEntries(WHOLE_LIFE.map((move) => [move, 300])));
  },
};

/** The last connection's end: an ACK may be delayed by 40 ms. */
const LAST_MS = 300;
const WHOLE_LIFE = ['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'ESTABLISHED→FIN_WAIT1', 'FIN_WAIT1→FIN_WAIT2', 'FIN_WAIT2→CLOSE'];

export const poolPileUp: Scenario = {
  name: 'pool-pile-up',
  what: 'A pool leaks: it opens a connection for each request, uses it once and never closes it',
  symptom: 'connection-churn',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    const deed = await stage.does('a pool opens and never closes', [], async () => {
      for (let index = 0; index < 120; index++) {
        await client.send([await client.connect(service)]);
        await stage.passes(50);
      }
    });
    await stage.passes(500);
    return due(deed, { suspectedMs: 5000, evidence: 'ESTABLISHED ones rise and none is used again: a matter of policy' });
  },
  proves(seen) {
    expect(tally(seen.moves('client'))).toEqual({ 'CLOSE→SYN_SENT': 120, 'SYN_SENT→ESTABLISHED': 120 });
  },
};
