import { describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../../src/core/model/event.ts';
import { goldens, readGolden, replay } from '../../lab/golden.ts';

// Every recording of the lab, replayed without root: who must speak, when at the latest, and who must not.

const MINE: ReadonlySet<string> = new Set([
  'connect-failure',
  'close-wait-leak',
  'stuck-close',
  'connection-churn',
  'probe-drift',
  'lingering-probe',
  'fast-open',
]);

/** Scenarios of other detectors in which one of these is right to speak, too. */
const ALSO: Readonly<Record<string, { readonly detector: string; readonly why: string }>> = {
  'accept-queue-full': { detector: 'connect-failure', why: 'to its client the listener is silent: its SYNs are dropped without a word' },
  'syn-queue-full': { detector: 'connect-failure', why: 'to its client the listener is silent: its SYNs are dropped without a word' },
  'time-wait-build-up': { detector: 'connection-churn', why: 'the ports are used up by 40 short connections a second' },
};

/** After the first moment that has firm evidence, or any where it is a matter of policy. */
const SLACK_MS = 1000;

async function found(name: string) {
  const { truth, inputs } = await readGolden(name);
  const findings = replay(inputs).filter((event): event is FindingEvent => event.kind === 'finding' && MINE.has(event.detector));
  return { truth, findings };
}

describe('in the lab’s recordings', () => {
  it.each(goldens())('%s: speaks where it is the symptom, in time and of the right host, and nowhere else', async (name) => {
    const { truth, findings } = await found(name);
    const opened = findings.filter(({ phase }) => phase === 'open');
    const { symptom, due } = truth;
    const expected = symptom !== null && MINE.has(symptom) ? [symptom] : [];
    const also = ALSO[name] === undefined ? [] : [ALSO[name].detector];
    expect(opened.map(({ detector }) => detector)).toEqual([...expected, ...also]);
    if (expected.length === 0 || due === null) return;
    const [open] = opened;
    const hosts = due.at.map((host) => truth.hosts[host]?.netns);
    expect(hosts).toContain(open?.subject.netns);
    const lateMs = ((open?.ns ?? Number.NaN) - due.causeNs) / 1e6;
    expect(lateMs).toBeLessThanOrEqual((due.firmMs ?? due.suspectedMs ?? 0) + SLACK_MS);
    expect(lateMs).toBeGreaterThan(0);
    // Nothing is said that cannot be looked up, spoken against and acted on.
    expect(open?.evidence.flatMap(({ seqs }) => seqs)).not.toEqual([]);
    expect(open?.against).not.toEqual([]);
    for (const { words, check } of open?.advice ?? []) expect([words, check]).not.toContain(null);
    expect(open?.advice).not.toEqual([]);
  });

  it('has the scenarios that are said to be seen by two', () => {
    expect(goldens()).toEqual(expect.arrayContaining(Object.keys(ALSO)));
  });
});
