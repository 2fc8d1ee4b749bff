import { expect } from 'vitest';
import type { Scenario } from '../scenario.ts';
import { due } from '../stage.ts';

export const stuckTls: Scenario = {
  name: 'stuck-tls',
  what: 'A server reads ClientHellos and never answers: its TLS is stuck, its TCP is well',
  symptom: 'false-alive',
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen({ port: 443, serve: { does: 'discard' } });
    const flows = [await client.connect(service), await client.connect(service)];
    const deed = await stage.does('clients say hello', flows, () => client.send(flows, 517));
    await stage.passes(6000);
    return due(deed, { evidence: 'none from the kernel: bytes are acknowledged and read; only a probe that speaks TLS can tell' });
  },
  proves(seen) {
    expect(seen.events.filter(seen.after('hello'))).toEqual([]);
  },
};
