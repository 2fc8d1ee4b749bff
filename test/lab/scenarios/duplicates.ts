import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

export const duplicates: Scenario = {
  name: 'duplicates',
  what: 'A network delivers every tenth packet of a client twice',
  symptom: null,
  async play(stage) {
    const { client, flows } = await stage.pair(4, { serve: { does: 'reply', bytes: 4000 } });
    await stage.network.wire('client', 'numgen inc mod 10 == 0 dup to "server"');
    await stage.does('packets come twice', flows, () => client.ask(flows, 30, 500));
    await stage.passes(5000);
    return null;
  },
  proves(seen) {
    expect(seen.all('drop', 'server', ({ reason, state }) => state === 'ESTABLISHED' && /OLD/.test(reason)).length).toBeGreaterThan(10);
    expect(seen.all('retransmit', 'client')).toEqual([]);
    expect(seen.all('state', 'client', seen.after('twice'))).toEqual([]);
  },
};
