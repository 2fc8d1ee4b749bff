import { expect, it } from 'vitest';
import { EVENT_KINDS } from '../../src/core/model/event.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import { ServerMessage } from '../../src/formats/live.ts';
import { LiveSink } from '../../src/sinks/live.ts';
import { withLive } from '../../src/sinks/with-live.ts';
import { Observed } from './observed.ts';

it('the status tells clients themselves, too, how many are served, what waits for them and what they missed', () => {
  const observed = new Observed();
  const observation = withLive(observed, () => live.load);
  const live: LiveSink = new LiveSink({ observation, every: () => () => undefined, maxEvents: 10 });
  expect(observation.status().observer.live).toEqual({ clients: 0, waitingEvents: 0, waitingBytes: 0, missed: 0 });
  const subscription = { filter: parseFilter(''), kinds: EVENT_KINDS };
  const slow = { bufferedAmount: 300, send: () => undefined };
  const sent: string[] = [];
  live.connect(slow).subscribe(subscription);
  live.connect({ bufferedAmount: 20, send: (text) => sent.push(text) }).subscribe(subscription);
  expect(ServerMessage.parse(JSON.parse(sent[0] ?? ''))).toMatchObject({ type: 'hello', status: { observer: { live: { clients: 2 } } } });
  live.flush();
  live.accept(observed.happen(12));
  expect(observation.status().observer.live).toEqual({ clients: 2, waitingEvents: 20, waitingBytes: 320, missed: 4 });
  expect(observation.status()).toMatchObject({ host: observed.current.host, observer: { share: 1, cpuCores: 0.21 } });
});
