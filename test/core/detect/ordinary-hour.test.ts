import { expect, it } from 'vitest';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { ordinary } from '../../lab/day.ts';
import { goldens, readGolden } from '../../lab/golden.ts';

it('an hour of ordinary traffic, however odd it looks, blames nobody', () => {
  const plays = goldens()
    .map(readGolden)
    .filter(({ truth }) => truth.symptom === null);
  let pipeline: Pipeline | null = null;
  const blamed: string[] = [];
  let events = 0;
  for (const input of ordinary(plays, 3600)) {
    if (input.type === 'start') pipeline = new Pipeline(input, { maxSockets: 10_000 });
    for (const event of pipeline?.accept(input) ?? []) {
      events += 1;
      if (event.kind === 'finding' && event.severity !== 'info') blamed.push(`${event.detector}: ${event.summary}`);
      // A play that is moved in time must not tear: the traffic would not be ordinary.
      if (event.kind === 'gap') blamed.push(`gap: ${event.cause}`);
    }
  }
  expect(blamed).toEqual([]);
  expect(events).toBeGreaterThan(40_000);
});
