import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const stoppedBeforeAccept: Scenario = {
  name: 'stopped-before-accept',
  what: 'A server’s process is stopped (SIGSTOP); clients connect all the same and their requests are acknowledged by its kernel',
  symptom: 'false-alive',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    server.signal('SIGSTOP');
    const flows = [await client.connect(service), await client.connect(service)];
    const deed = await stage.does('clients of the stopped server ask', flows, () => client.send(flows));
    await stage.passes(7000);
    return due(deed, {
      suspectedMs: 1000,
      firmMs: 5000,
      evidence: 'the listener’s Recv-Q above 0 and its children without an owner, look after look',
      at: ['client', 'server'],
    });
  },
  proves: looksAlive,
};

export const stoppedAfterAccept: Scenario = {
  name: 'stopped-after-accept',
  what: 'A server’s process is stopped (SIGSTOP) while it holds connections that are in use',
  symptom: 'false-alive',
  async play(stage) {
    const { client, server, flows } = await stage.pair(2);
    server.signal('SIGSTOP');
    const deed = await stage.does('clients of the stopped server ask', flows, () => client.send(flows));
    await stage.passes(7000);
    return due(deed, {
      suspectedMs: 1000,
      firmMs: 5000,
      evidence: 'Recv-Q above 0 at the server, not read look after look',
      at: ['client', 'server'],
    });
  },
  proves: looksAlive,
};

/** The kernel says nothing at all. */
export function looksAlive(seen: Parameters<Scenario['proves']>[0]): void {
  expect(seen.events.filter(seen.after('ask'))).toEqual([]);
}
