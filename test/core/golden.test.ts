import { describe, expect, it } from 'vitest';
import { goldens, readGolden, replay, telling, tellingOf } from '../lab/golden.ts';
import { isOf } from '../lab/keep.ts';
import { scenarios } from '../lab/scenarios/index.ts';
import { Seen } from '../lab/seen.ts';

// What the lab recorded on a real kernel, replayed without one. Record anew, as root: SYNOPTIC_RECORD=1 scripts/test test/lab/lab.test.ts
// Where the core is meant to say something else of the same recordings: scripts/test unit test/core/golden.test.ts -u, and read the difference.

/** Of a recording, bytes: it is kept in the repository for ever. */
const MOST = 60_000;

it('has a recording of every scenario, and of nothing else', () => {
  expect(goldens()).toEqual(scenarios.map(({ name }) => name).sort());
});

describe.each(scenarios)('$name', ({ name, what, symptom, proves }) => {
  it('replays to the same events, which say what was done', async () => {
    const golden = readGolden(name);
    const { truth, inputs } = golden;
    expect(truth).toMatchObject({ name, what, symptom });
    expect(golden.bytes).toBeLessThan(MOST);
    proves(
      new Seen(
        truth,
        replay(inputs).filter((event) => isOf(truth, event)),
      ),
    );
    await expect(telling(golden)).toMatchFileSnapshot(tellingOf(name));
  });
});
