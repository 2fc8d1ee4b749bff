import { expect } from 'vitest';
import type { Flow } from '../host.ts';
import type { Scenario } from '../scenario.ts';

const FLOWS = 4;

export const plainRestart: Scenario = {
  name: 'plain-restart',
  what: 'A server is restarted: its connections end by FIN or RST, clients are refused for a moment and come back',
  symptom: null,
  async play(stage) {
    const { client, server, service, flows } = await stage.pair(FLOWS);
    const ends = await Promise.all(flows.map((flow) => server.accepted(flow)));
    await stage.does('the server ends', flows, async () => {
      await server.close([{ id: service.id }]);
      await server.close(ends.slice(0, 2));
      await server.reset(ends.slice(2));
      await stage.passes(100);
      await client.close(flows);
    });
    await stage.does('a client is refused once', [], async () => {
      const refused = await client.tries(service);
      if (refused !== 'ECONNREFUSED') throw new Error(`not refused: ${JSON.stringify(refused)}`);
    });
    await server.listen({ port: service.port });
    const again: Flow[] = [];
    for (let index = 0; index < FLOWS; index++) again.push(await client.connect(service));
    await stage.does('all goes on', again, () => client.ask(again, 250));
    await stage.passes(3000);
    return null;
  },
  proves(seen) {
    expect(seen.all('reset', 'client', ({ direction, state }) => direction === 'received' && state === 'ESTABLISHED')).toHaveLength(2);
    expect(seen.moves('client').filter((move) => move === 'SYN_SENT→CLOSE')).toHaveLength(1);
    expect(seen.events.filter(seen.after('goes on'))).toEqual([]);
  },
};

export const refusedOnce: Scenario = {
  name: 'refused-once',
  what: 'One connect is refused, among others that succeed',
  symptom: null,
  async play(stage) {
    const { client, server, service, flow } = await stage.pair();
    await stage.does('one is refused', [flow], async () => {
      await client.visit({ address: server.address, port: 82 });
      await client.visit(service, { count: 5, perSecond: 5 });
    });
    await stage.passes(1000);
    return null;
  },
  proves(seen) {
    expect(seen.all('socket-error', 'client').map(({ errno }) => errno)).toEqual(['ECONNREFUSED']);
    expect(seen.moves('client').filter((move) => move === 'SYN_SENT→ESTABLISHED')).toHaveLength(6);
  },
};
