import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import type { Seen } from '../seen.ts';
import { due, type Stage } from '../stage.ts';

const FLOWS = 4;

/** A client that asks a server four times a second on each of its connections; `new` is where the address will be. */
async function moving(stage: Stage) {
  const { client, server, new: other } = await stage.hosts(['client', 'server', 'new'], ['new']);
  const connected = await stage.connected(client, server, FLOWS, { port: 8080 });
  await client.ask(connected.flows, 250);
  await stage.passes(600);
  return { client, server, other, ...connected };
}

const give = (stage: Stage) => stage.network.ip('new', `addr add ${stage.network.addressOf('server')}/24 dev eth0`);

export const movedAnsweringReset: Scenario = {
  name: 'moved-answering-reset',
  what: 'A server’s address moves to another host, which announces itself and answers the old connections by RST',
  symptom: 'sequence-anomaly',
  async play(stage) {
    const { flows, other } = await moving(stage);
    const deed = await stage.does('the address moves', flows, async () => {
      await stage.network.unplug('server');
      await give(stage);
      await other.announce(stage.network.addressOf('server'));
    });
    await stage.passes(2500);
    return due(deed, {
      suspectedMs: 250,
      firmMs: 500,
      evidence: 'every flow to it is reset within a moment, and its link-layer address is another',
      at: ['client', 'new'],
    });
  },
  proves(seen) {
    wasReset(seen);
    expect(seen.events.some((event) => event.kind === 'neighbour' && event.oldLink !== null && event.newLink !== event.oldLink)).toBe(true);
  },
};

export const movedToListener: Scenario = {
  name: 'moved-to-listener',
  what: 'As moved-answering-reset, but the new host runs the same service: its listener answers segments of connections it never had by RST',
  symptom: 'sequence-anomaly',
  async play(stage) {
    const { flows, other } = await moving(stage);
    const deed = await stage.does('the address moves', flows, async () => {
      await stage.network.unplug('server');
      await give(stage);
      await other.listen({ host: stage.network.addressOf('server'), port: 8080 });
      await other.announce(stage.network.addressOf('server'));
    });
    await stage.passes(1000);
    return due(deed, {
      suspectedMs: 250,
      firmMs: 500,
      evidence: 'every flow to it is reset within a moment, by a listener, and its link-layer address is another',
      at: ['client', 'new'],
    });
  },
  proves: (seen) => wasReset(seen, 'TCP_FLAGS'),
};

export const movedAfterSilence: Scenario = {
  name: 'moved-after-silence',
  what: 'A server’s address is nowhere for three seconds, then at another host, which answers the first retransmission by RST',
  symptom: 'sequence-anomaly',
  async play(stage) {
    const { flows } = await moving(stage);
    const deed = await stage.does('the address moves by way of nowhere', flows, async () => {
      await stage.network.unplug('server');
      await stage.passes(3000);
      await give(stage);
      await stage.network.ip('client', 'neigh flush dev eth0');
    });
    await stage.passes(5000);
    return due(deed, {
      suspectedMs: 1670,
      firmMs: 7000,
      evidence: 'several flows to one peer stall at once, then are reset by another link-layer address',
      at: ['client', 'new'],
    });
  },
  proves(seen) {
    expect(seen.all('retransmit', 'client').length).toBeGreaterThanOrEqual(FLOWS * 4);
    wasReset(seen);
  },
};

export const movedUnannounced: Scenario = {
  name: 'moved-unannounced',
  what: 'A server’s address moves to another host, which does not announce itself: frames still go to the old one',
  symptom: 'sequence-anomaly',
  async play(stage) {
    const { flows } = await moving(stage);
    const deed = await stage.does('the address moves', flows, async () => {
      await stage.network.unplug('server');
      await give(stage);
    });
    await stage.passes(7000);
    return due(deed, {
      suspectedMs: 1670,
      firmMs: 3300,
      evidence: 'several flows to one peer stall at once; the new host sees frames for another',
      at: ['client', 'new'],
    });
  },
  proves(seen) {
    expect(seen.all('reset', 'client')).toEqual([]);
    expect(seen.all('retransmit', 'client').length).toBeGreaterThanOrEqual(FLOWS * 5);
    expect(seen.all('drop', 'new', ({ reason }) => reason === 'OTHERHOST').length).toBeGreaterThanOrEqual(FLOWS);
  },
};

/** By a host that knows none of them, each once. */
function wasReset(seen: Seen, why = 'NO_SOCKET'): void {
  expect(seen.all('reset', 'new', ({ direction, reason }) => direction === 'sent' && reason === why).length).toBeGreaterThanOrEqual(FLOWS);
  expect(seen.all('reset', 'client', ({ direction, state }) => direction === 'received' && state === 'ESTABLISHED')).toHaveLength(FLOWS);
  expect(seen.moves('client', seen.after('moves'))).toEqual(Array(FLOWS).fill('ESTABLISHED→CLOSE'));
}
