import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

export const slowServer: Scenario = {
  name: 'slow-server',
  what: 'A server answers each request after two and a half seconds: slow, and alive',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const { flows } = await stage.connected(client, server, 3, { serve: { does: 'reply', delayMs: 2500 } });
    await stage.does('clients ask', flows, () => client.ask(flows, 1000, 64, 3));
    await stage.passes(6500);
    await stage.does('clients have been answered four times each', flows, async () => {
      const bytes = await client.received(flows);
      if (bytes.some((count) => count !== 4 * 16)) throw new Error(`answered: ${bytes}`);
    });
    return null;
  },
  proves(seen) {
    expect(seen.events.filter(seen.after('ask'))).toEqual([]);
  },
};
