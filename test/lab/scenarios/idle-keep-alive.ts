import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';

export const idleKeepAlive: Scenario = {
  name: 'idle-keep-alive',
  what: 'Idle connections with keep-alive each second, all answered',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    const flows = [await client.connect(service, { keepAlive: [1, 1, 3] }), await client.connect(service, { keepAlive: [1, 1, 3] })];
    await stage.does('nothing', flows, () => stage.passes(6500));
    return null;
  },
  proves(seen) {
    const after = seen.events.filter(seen.after('nothing'));
    expect(after.filter(({ kind }) => kind !== 'drop' && kind !== 'neighbour')).toEqual([]);
  },
};
