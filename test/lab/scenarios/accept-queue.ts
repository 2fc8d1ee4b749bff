import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import type { Seen } from '../seen.ts';
import { due } from '../stage.ts';

/** A backlog of 1 lets two in: the kernel refuses once the queue is longer than the backlog. */
const FULL = { backlog: 1, accepts: false } as const;

export const acceptQueueFull: Scenario = {
  name: 'accept-queue-full',
  what: 'A server never accepts; its queue is full and further SYNs are dropped without a word',
  symptom: 'accept-queue',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen(FULL);
    for (let index = 0; index < 2; index++) await client.connect(service);
    const deed = await stage.does('a third client connects', [], async () => {
      await client.connect(service, { waitMs: 5500 });
    });
    await stage.passes(1500);
    return due(deed, { suspectedMs: 0, firmMs: 1000, evidence: 'ListenOverflows rises and Recv-Q is above the backlog; the client sends its SYN again', at: ['client', 'server'] });
  },
  proves(seen) {
    const again = seen.all('retransmit', 'client', ({ what }) => what === 'syn');
    for (const [index, ms] of [1020, 2050, 3070, 4100, 5120].entries()) expect(seen.times(again, 'third')[index]).toBeCloseTo(ms, -2.5);
    // The server says nothing: only its counters know.
    expect(seen.events.filter((event) => seen.after('third')(event) && event.kind !== 'retransmit').map(({ kind }) => kind)).toEqual(['state']);
  },
};

export const acceptQueueFullAtAck: Scenario = {
  name: 'accept-queue-full-at-ack',
  what: 'Of two handshakes under way the second finds the accept queue full at its final ACK: established at the client, not at the server',
  symptom: 'false-alive',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen({ backlog: 0, accepts: false });
    await stage.network.wire('client', 'tcp flags & (syn|ack) == ack drop');
    const flows = [await client.connect(service), await client.connect(service)];
    const deed = await stage.does('two final ACKs, lost at first, reach a queue with room for one', flows, () => stage.network.wire('client'));
    await stage.passes(300);
    await client.send(flows);
    await stage.passes(6000);
    return due(deed, { suspectedMs: 1000, firmMs: 3000, evidence: 'TCP_LISTEN_OVERFLOW at the server; a client that was never acknowledged, SYN-ACKs in ESTABLISHED', at: ['client', 'server'] });
  },
  proves(seen) {
    expect(seen.all('drop', 'server', ({ reason }) => reason === 'TCP_LISTEN_OVERFLOW').length).toBeGreaterThan(0);
    expect(seen.moves('client').filter((move) => move === 'SYN_SENT→ESTABLISHED')).toHaveLength(2);
    expect(seen.moves('server').filter((move) => move === 'SYN_RECV→ESTABLISHED')).toHaveLength(1);
    expect(seen.all('retransmit', 'client', ({ what }) => what === 'data').length).toBeGreaterThan(2);
  },
};

export const neverAccepts: Scenario = {
  name: 'never-accepts',
  what: 'A server with room in its queue never accepts: connections are established and requests acknowledged, none is answered',
  symptom: 'false-alive',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen({ backlog: 64, accepts: false });
    const flows = [await client.connect(service), await client.connect(service), await client.connect(service)];
    const deed = await stage.does('its clients ask', flows, () => client.send(flows));
    await stage.passes(7000);
    return due(deed, { suspectedMs: 1000, firmMs: 5000, evidence: 'the listener’s Recv-Q above 0 and its children without an owner, look after look', at: ['client', 'server'] });
  },
  proves: (seen: Seen) => expect(seen.events.filter(seen.after('ask'))).toEqual([]),
};
