import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { Canary } from '../../../src/sources/bpftrace/canary.ts';

it('flies within the bracket it tells', async () => {
  await using canary = await Canary.open();
  const flight = await canary.fly();
  expect(flight).toMatchObject({ laddr: '127.0.0.1', raddr: '127.0.0.1', rport: canary.port });
  expect(flight?.beforeNs).toBeLessThan(flight?.afterNs ?? 0);
});

it('lands even while a stranger stays on its port, silent or talking', async () => {
  const canary = await Canary.open();
  const strangers = [
    connect({ port: canary.port, host: '127.0.0.1', allowHalfOpen: true }),
    connect({ port: canary.port, host: '127.0.0.1', allowHalfOpen: true }),
  ];
  for (const stranger of strangers) {
    stranger.on('error', () => undefined);
    await once(stranger, 'connect');
  }
  strangers[1]?.write('hello');
  await canary[Symbol.asyncDispose]();
  for (const stranger of strangers) stranger.destroy();
});
