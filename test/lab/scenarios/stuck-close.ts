import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const closeWaitLeak: Scenario = {
  name: 'close-wait-leak',
  what: 'Clients close; a server never closes its side: its sockets stay in CLOSE_WAIT, and more come',
  symptom: 'close-wait-leak',
  async play(stage) {
    const { client, flows } = await stage.pair(12, { serve: { does: 'reply', closes: false } });
    const deed = await stage.does('clients close', flows, async () => {
      for (const flow of flows) {
        await client.close([flow]);
        await stage.passes(150);
      }
    });
    await stage.passes(6000);
    return due(deed, { evidence: 'age in CLOSE_WAIT, and their number rising: a matter of policy', suspectedMs: 5000, at: ['server'] });
  },
  proves(seen) {
    expect(seen.moves('server', seen.after('close'))).toEqual(Array(12).fill('ESTABLISHED→CLOSE_WAIT'));
  },
};

export const finWait2Stuck: Scenario = {
  name: 'fin-wait2-stuck',
  what: 'A client has said that it is done and holds its sockets, the server never closes: they stay in FIN_WAIT2',
  symptom: 'stuck-close',
  async play(stage) {
    const { client, flows } = await stage.pair(4, { serve: { does: 'reply', closes: false } });
    const deed = await stage.does('the client shuts its side down', flows, () => client.shutdown(flows));
    await stage.passes(7000);
    return due(deed, { evidence: 'age in FIN_WAIT2 with an owner: a matter of policy', suspectedMs: 5000 });
  },
  proves(seen) {
    expect(seen.moves('client', seen.after('shuts')).sort()).toEqual([
      ...Array(4).fill('ESTABLISHED→FIN_WAIT1'),
      ...Array(4).fill('FIN_WAIT1→FIN_WAIT2'),
    ]);
    expect(seen.moves('server', seen.after('shuts'))).toEqual(Array(4).fill('ESTABLISHED→CLOSE_WAIT'));
  },
};

export const lastAckStuck: Scenario = {
  name: 'last-ack-stuck',
  what: 'A client has closed and vanished; the server’s own FIN is never acknowledged: LAST_ACK',
  symptom: 'stuck-close',
  async play(stage) {
    const { client, server, flows } = await stage.pair(2, { serve: { does: 'reply', closes: false } });
    const ends = await Promise.all(flows.map((flow) => server.accepted(flow)));
    await client.close(flows);
    await stage.passes(300);
    const deed = await stage.does('the client vanishes and the server closes', flows, async () => {
      await stage.network.unplug('client');
      await server.close(ends);
    });
    await stage.passes(7000);
    return due(deed, { suspectedMs: 1670, firmMs: 3300, evidence: 'FINs sent again and again from LAST_ACK', at: ['server'] });
  },
  proves(seen) {
    expect(seen.moves('server', seen.after('vanishes'))).toEqual(Array(2).fill('CLOSE_WAIT→LAST_ACK'));
    const again = seen.all('retransmit', 'server', ({ what, state }) => what === 'fin' && state === 'LAST_ACK');
    expect(again.length).toBeGreaterThanOrEqual(2 * 5);
  },
};
