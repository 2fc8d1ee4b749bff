import { expect } from 'vitest';
import type { Deed, Scenario } from '../scenario.ts';
import type { Seen } from '../seen.ts';
import { due, type Stage } from '../stage.ts';

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
    return due(deed, {
      suspectedMs: 0,
      firmMs: 1000,
      evidence: 'ListenOverflows rises and Recv-Q is above the backlog; the client sends its SYN again',
      at: ['client', 'server'],
    });
  },
  proves(seen) {
    const again = seen.all('retransmit', 'client', ({ what }) => what === 'syn');
    for (const [index, ms] of [1020, 2050, 3070, 4100, 5120].entries())
      expect(Math.abs((seen.times(again, 'third')[index] ?? 0) - ms)).toBeLessThan(150);
    // The server says nothing: only its counters know.
    expect(seen.events.filter((event) => seen.after('third')(event) && event.kind !== 'retransmit').map(({ kind }) => kind)).toEqual([
      'state',
    ]);
  },
};

/** Two handshakes whose final ACKs are lost at first and then come, by the SYN-ACK's retransmission, to a queue with room for one. */
async function twoAtOnce(stage: Stage, backlog: number): Promise<Deed> {
  const { client, server } = await stage.hosts(['client', 'server']);
  const service = await server.listen({ backlog, accepts: false });
  for (let index = 0; index < backlog; index++) await client.connect(service);
  await stage.network.wire('client', 'tcp flags & (syn|ack) == ack drop');
  const flows = [await client.connect(service), await client.connect(service)];
  const deed = await stage.does('two final ACKs, lost at first, reach a queue with room for one', flows, () =>
    stage.network.wire('client'),
  );
  await stage.passes(300);
  await client.send(flows);
  await stage.passes(6000);
  return deed;
}

function heldByClientOnly(seen: Seen): void {
  const lports = new Set(seen.flows('final ACKs').map(({ lport }) => lport));
  expect(seen.moves('client', ({ lport }) => lports.has(lport))).toEqual(Array(2).fill('SYN_SENT→ESTABLISHED'));
  expect(seen.moves('server', ({ rport, to }) => lports.has(rport) && to === 'ESTABLISHED')).toHaveLength(1);
}

export const acceptQueueFullAtAck: Scenario = {
  name: 'accept-queue-full-at-ack',
  what: 'Of two handshakes under way the second finds the accept queue full at its final ACK: established at the client, not at the server',
  symptom: 'false-alive',
  async play(stage) {
    const deed = await twoAtOnce(stage, 2);
    const evidence = 'TCP_LISTEN_OVERFLOW at the server; a client that was never acknowledged and hears SYN-ACKs while ESTABLISHED';
    return due(deed, { suspectedMs: 1200, firmMs: 3300, evidence, at: ['client', 'server'] });
  },
  proves(seen) {
    heldByClientOnly(seen);
    expect(seen.all('drop', 'server', ({ reason }) => reason === 'TCP_LISTEN_OVERFLOW').length).toBeGreaterThan(2);
    expect(seen.all('retransmit', 'client', ({ what }) => what === 'data').length).toBeGreaterThan(2);
  },
};

export const acceptQueueFullAtCookie: Scenario = {
  name: 'accept-queue-full-at-cookie',
  what: 'As accept-queue-full-at-ack, but the handshake that is refused was answered by a SYN cookie: the server remembers nothing of it',
  symptom: 'false-alive',
  async play(stage) {
    const deed = await twoAtOnce(stage, 0);
    const evidence = 'ListenOverflows and NO_SOCKET at the server; a client that was never acknowledged';
    return due(deed, { suspectedMs: 1200, firmMs: 3300, evidence, at: ['client', 'server'] });
  },
  proves(seen) {
    heldByClientOnly(seen);
    expect(seen.all('drop', 'server', ({ reason }) => reason === 'NO_SOCKET').length).toBeGreaterThan(2);
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
    return due(deed, {
      suspectedMs: 1000,
      firmMs: 5000,
      evidence: 'the listener’s Recv-Q above 0 and its children without an owner, look after look',
      at: ['client', 'server'],
    });
  },
  proves: (seen: Seen) => expect(seen.events.filter(seen.after('ask'))).toEqual([]),
};
