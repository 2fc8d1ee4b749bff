import { expect, it } from 'vitest';
import { TwoEnds } from './two-ends.ts';

// Each has its own two ends, and waits for the kernel's timers.
it.concurrent('TCP_USER_TIMEOUT ends a connection whose peer’s packets vanish; without it the attempt only times out', async () => {
  await using ends = await TwoEnds.open();
  const beat = [`heartbeat://${ends.server}`, '--count', '2', '--every', '2s', '--timeout', '6s'];
  const cutAfterFirst = (): void => {
    ends.drop('ip protocol tcp');
  };
  const [first, second] = await ends.probe([...beat, '--user-timeout', '1s'], ({ attempt }) => void (attempt === 1 && cutAfterFirst()));
  expect(first?.socket?.options).toEqual([{ name: 'TCP_USER_TIMEOUT', asked: 1000, applied: 1000, why: null }]);
  expect(second).toMatchObject({ alive: false, cause: 'kernel-timeout', code: 'ETIMEDOUT', pooled: { reused: true } });
  // The kernel looks when its retransmission timer runs out, so it may be late by the last back-off.
  expect(second?.phases.done).toBeGreaterThan(900_000);
  expect(second?.phases.done).toBeLessThan(3_000_000);
  expect(second?.socket?.info?.retransmits).toBeGreaterThan(0);

  ends.dropNothing();
  const [, unaided] = await ends.probe([...beat.with(-1, '2500ms')], ({ attempt }) => void (attempt === 1 && cutAfterFirst()));
  expect(unaided).toMatchObject({ alive: false, cause: 'no-answer', socket: { info: { state: 'ESTABLISHED' } } });
  expect(unaided?.socket?.info?.retransmits).toBeGreaterThan(1);
  expect(unaided?.socket?.info?.unacked).toBeGreaterThan(0);
});

it.concurrent('TCP_KEEPINTVL and TCP_KEEPCNT are what was asked for after Node has set its own, and end an idle connection to nobody', async () => {
  await using ends = await TwoEnds.open();
  const keepAlive = ['--keep-alive', '1s', '--keep-alive-interval', '2s', '--keep-alive-count', '1'];
  const beat = [`heartbeat://${ends.server}`, '--count', '2', '--every', '4500ms', ...keepAlive];
  const [first, second] = await ends.probe(beat, ({ attempt }) => void (attempt === 1 && ends.drop('ip protocol tcp')));
  expect(first?.socket?.options.map(({ name, asked, applied }) => [name, asked, applied])).toEqual([
    ['SO_KEEPALIVE', 1, 1],
    ['TCP_KEEPIDLE', 1, 1],
    ['TCP_KEEPINTVL', 2, 2],
    ['TCP_KEEPCNT', 1, 1],
  ]);
  // The kernel found out between the beats: the second begins anew, and nobody answers its SYN.
  expect(second).toMatchObject({ alive: false, cause: 'silent', pooled: null });
});
