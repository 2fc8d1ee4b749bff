import { expect, it } from 'vitest';
import { FLUSH_MS, STATUS_MS } from '../../src/sinks/live.ts';
import { withLive } from '../../src/sinks/with-live.ts';
import { Reader, subscribe, wired } from '../server/wired.ts';

it('the status tells how many are served, what waits for them and what they missed', async () => {
  const { observed, live, clock, clients } = wired({ maxEvents: 10, maxBuffered: 0 });
  const observation = withLive(observed, () => live.load);
  expect(observation.status().observer.live).toEqual({ clients: 0, waitingEvents: 0, waitingBytes: 0, missed: 0 });
  const [slow, quick] = [new Reader(), new Reader()];
  await subscribe(clients.connect(slow));
  await subscribe(clients.connect(quick));
  slow.bufferedAmount = 300;
  for (const count of [8, 4]) {
    live.accept(observed.happen(count));
    clock.tick(FLUSH_MS);
  }
  clock.tick(STATUS_MS);
  const queued = quick.buffers.find((bytes) => bytes.includes('"batch"'))?.length ?? 0;
  expect(observation.status().observer.live).toEqual({ clients: 2, waitingEvents: 8, waitingBytes: 300 + queued, missed: 4 });
  expect(observation.status()).toMatchObject({ host: observed.current.host, observer: { share: 1 } });
  live[Symbol.dispose]();
  expect(observation.status().observer.live).toMatchObject({ clients: 0, waitingEvents: 0, waitingBytes: 0 });
});
