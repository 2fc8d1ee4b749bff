import { expect } from 'vitest';
import type { Flow } from '../host.ts';
import type { Scenario } from '../scenario.ts';
import { tally } from '../seen.ts';

export const healthyTimeWait: Scenario = {
  name: 'healthy-time-wait',
  what: 'A busy client has hundreds in TIME_WAIT, of a pool of 28,000 ports',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    await stage.does('a client connects 12 times a second', [], () => client.visit(service, { count: 80, perSecond: 12 }));
    await stage.passes(300);
    return null;
  },
  proves(seen) {
    expect(seen.all('time-wait', 'client', ({ phase }) => phase === 'enter')).toHaveLength(80);
  },
};

export const burst: Scenario = {
  name: 'burst',
  what: 'A burst of 150 short connections in half a second, then quiet',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen();
    await stage.does('a burst', [], () => client.visit(service, { count: 150, perSecond: 300 }));
    await stage.passes(5000);
    return null;
  },
  proves(seen) {
    expect(tally(seen.moves('client'))['SYN_SENT→ESTABLISHED']).toBe(150);
    expect(seen.all('reset', 'client')).toEqual([]);
  },
};

export const halfCloser: Scenario = {
  name: 'half-closer',
  what: 'Clients say that they are done and still read; the server answers and closes two seconds later',
  symptom: null,
  async play(stage) {
    const { client, flows } = await stage.pair(4, { serve: { does: 'reply', closeMs: 2000 } });
    await stage.does('clients shut their side down', flows, () => client.shutdown(flows));
    await stage.passes(3000);
    return null;
  },
  proves(seen) {
    const waits = seen.all('state', 'server', ({ from }) => from === 'CLOSE_WAIT');
    expect(waits).toHaveLength(4);
    for (const { dwellUs } of waits) expect((dwellUs ?? 0) / 1e6).toBeCloseTo(2, 0);
    expect(tally(seen.moves('client', seen.after('shut')))).toEqual({
      'ESTABLISHED→FIN_WAIT1': 4,
      'FIN_WAIT1→FIN_WAIT2': 4,
      'FIN_WAIT2→CLOSE': 4,
    });
  },
};

export const healthyPool: Scenario = {
  name: 'healthy-pool',
  what: 'A pool of 40 connections, each used again and again',
  symptom: null,
  async play(stage) {
    const { client, flows } = await stage.pair(40);
    await stage.does('the pool is used', flows, () => client.ask(flows, 400));
    await stage.passes(5500);
    return null;
  },
  proves(seen) {
    expect(tally(seen.moves('client'))).toEqual({ 'CLOSE→SYN_SENT': 40, 'SYN_SENT→ESTABLISHED': 40 });
    expect(seen.events.filter(seen.after('used'))).toEqual([]);
  },
};

export const busyAcceptQueue: Scenario = {
  name: 'busy-accept-queue',
  what: 'A server is busy for 300 ms at a time; its accept queue fills, is never full, and is emptied',
  symptom: null,
  async play(stage) {
    const { client, server } = await stage.hosts(['client', 'server']);
    const service = await server.listen({ backlog: 16 });
    await stage.does('the server is busy now and then', [], async () => {
      for (let round = 0; round < 8; round++) {
        server.signal('SIGSTOP');
        const flows: Flow[] = [];
        for (let index = 0; index < 8; index++) flows.push(await client.connect(service));
        await client.send(flows);
        await stage.passes(300);
        server.signal('SIGCONT');
        await stage.passes(300);
        await client.close(flows);
      }
    });
    await stage.passes(300);
    return null;
  },
  proves(seen) {
    expect(tally(seen.moves('client'))['FIN_WAIT2→CLOSE']).toBe(64);
    expect(seen.events.filter(({ kind }) => kind === 'drop' || kind === 'retransmit' || kind === 'reset')).toEqual([]);
  },
};
