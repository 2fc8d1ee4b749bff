import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

const CLIENTS = 6;

/** Random loss in both directions; requests and answers go on all the same. */
function lossy(percent: number): Scenario {
  return {
    name: `loss-${percent}-percent`,
    what: `A network loses ${percent} % of all packets by chance, in both directions`,
    symptom: null,
    async play(stage) {
      const { client, server, flows } = await stage.pair(CLIENTS, { serve: { does: 'reply', bytes: 20_000 } });
      await stage.does('packets are lost by chance', flows, async () => {
        for (const host of ['client', 'server']) await stage.network.wire(host, `numgen random mod 100 < ${percent} drop`);
        await client.ask(flows, 30, 2000);
        await stage.passes(6000);
      });
      const service = await server.listen();
      await client.visit(service, { count: 30, perSecond: 30 });
      return null;
    },
    proves(seen) {
      const again = seen.all('retransmit', 'client').length + seen.all('retransmit', 'server').length;
      expect(again).toBeGreaterThan(percent * 3);
      const lports = new Set(seen.flows('by chance').map(({ lport }) => lport));
      expect(seen.all('state', 'client', (event) => seen.after('by chance')(event) && lports.has(event.lport))).toEqual([]);
    },
  };
}

export const lossyScenarios: readonly Scenario[] = [lossy(1), lossy(5)];
