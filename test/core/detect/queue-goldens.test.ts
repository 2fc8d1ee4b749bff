import { describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../../src/core/model/event.ts';
import { goldens, readGolden, replay } from '../../lab/golden.ts';

// The lab's recordings of queues and ports, replayed without root. The kernel tells hardly any event of them: what is found is found by looking.

const MINE: ReadonlySet<string> = new Set(['accept-queue', 'time-wait-buildup']);
/** After the first moment that has evidence; these were recorded while the machine had twenty times as much to do as it could. */
const SLACK_MS = 3000;

describe('in the lab’s recordings', () => {
  it.each([
    ['accept-queue-full', 'accept-queue'],
    ['syn-queue-full', 'accept-queue'],
    ['syn-cookies', 'accept-queue'],
    ['ports-exhausted', 'time-wait-buildup'],
    ['time-wait-overflow', 'time-wait-buildup'],
    ['time-wait-build-up', 'time-wait-buildup'],
  ])('%s is found by %s soon after the kernel tells, at the right host', async (name, detector) => {
    const { truth, inputs } = await readGolden(name);
    const [open] = replay(inputs).filter((event): event is FindingEvent => event.kind === 'finding' && event.detector === detector);
    const { due } = truth;
    if (due === null) throw new Error('nothing is due');
    expect(((open?.ns ?? Number.NaN) - due.causeNs) / 1e6).toBeLessThanOrEqual((due.suspectedMs ?? 0) + SLACK_MS);
    expect(due.at.map((host) => truth.hosts[host]?.netns)).toContain(open?.subject.netns);
  });

  it('no look-alike has one of these', async () => {
    for (const name of goldens()) {
      const { truth, inputs } = await readGolden(name);
      if (truth.symptom !== null) continue;
      const blamed = replay(inputs).filter((event) => event.kind === 'finding' && MINE.has(event.detector) && event.severity !== 'info');
      expect([name, blamed]).toEqual([name, []]);
    }
  }, 30_000);
});
