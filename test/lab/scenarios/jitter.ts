import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

export const jitter: Scenario = {
  name: 'jitter',
  what: 'A network delays each packet by 0 to 30 ms, so that packets overtake one another, and delivers some twice',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    await stage.delayed(['client', 'server'], { mostMs: 30, duplicates: 3 });
    const { flows } = await stage.connected(client, server, 4, { serve: { does: 'reply', bytes: 30_000 } });
    await stage.does('packets overtake one another', flows, async () => {
      await client.ask(flows, 150, 3000);
      await stage.passes(5500);
    });
    await client.visit(await server.listen(), { count: 10, perSecond: 10 });
    return null;
  },
  proves(seen) {
    const lports = new Set(seen.flows('overtake').map(({ lport }) => lport));
    expect(seen.all('state', 'client', (event) => seen.after('overtake')(event) && lports.has(event.lport))).toEqual([]);
    const drops = [...seen.all('drop', 'client'), ...seen.all('drop', 'server')];
    expect(drops.filter(({ reason, state }) => state === 'ESTABLISHED' && /OLD/.test(reason)).length).toBeGreaterThan(10);
    expect(seen.all('reset', 'client')).toEqual([]);
  },
};
