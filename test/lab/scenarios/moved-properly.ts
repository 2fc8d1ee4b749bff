import { expect } from 'vitest';
import type { Flow } from '../host.ts';
import type { Scenario } from '../scenario.ts';

const FLOWS = 4;

export const movedProperly: Scenario = {
  name: 'moved-properly',
  what: 'A server’s address moves to another host after every connection was properly reset; clients come back there',
  symptom: null,
  async play(stage) {
    const { client, server, new: other } = await stage.hosts(['client', 'server', 'new'], ['new']);
    const { service, flows } = await stage.connected(client, server, FLOWS, { port: 8080 });
    const ends = await Promise.all(flows.map((flow) => server.accepted(flow)));
    await stage.does('every connection is reset and the address moves', flows, async () => {
      await server.close([{ id: service.id }]);
      await server.reset(ends);
      await stage.passes(50);
      await stage.network.ip('server', `addr del ${service.address}/24 dev eth0`);
      await stage.network.ip('new', `addr add ${service.address}/24 dev eth0`);
      await other.announce(service.address);
    });
    const there = await other.listen({ host: service.address, port: 8080 });
    const again: Flow[] = [];
    for (let index = 0; index < FLOWS; index++) again.push(await client.connect(there));
    await client.ask(again, 100);
    await stage.passes(2500);
    return null;
  },
  proves(seen) {
    expect(seen.all('reset', 'client', ({ direction, state }) => direction === 'received' && state === 'ESTABLISHED')).toHaveLength(FLOWS);
    expect(seen.events.some((event) => event.kind === 'neighbour' && event.oldLink !== null && event.newLink !== event.oldLink)).toBe(true);
    expect(seen.all('retransmit', 'client')).toEqual([]);
  },
};
