import { describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../../src/core/model/event.ts';
import { goldens, readGolden, replay } from '../../lab/golden.ts';
import type { Truth } from '../../lab/scenario.ts';
import { isAbout } from '../../lab/seen.ts';

/** Scenarios of half-open and false-alive, all of the lab, without root: what the core makes of what was recorded. */
const MINE = ['half-open', 'false-alive', 'false-dead'] as const;
type Mine = (typeof MINE)[number];
const isMine = (name: string): name is Mine => (MINE as readonly string[]).includes(name);

/** Rightly seen by another detector too, and why. */
const ALSO: Readonly<Record<string, { readonly detector: Mine; readonly why: string }>> = {
  'moved-unannounced': {
    detector: 'half-open',
    why: 'the client has nothing but the silence of the old place, for as long as nobody answers',
  },
  'moved-after-silence': { detector: 'half-open', why: 'for three seconds the address is nowhere; the RST of the new place ends it' },
  'accept-queue-full': { detector: 'false-alive', why: 'those in the full queue are established, and nobody accepts them' },
};
/** What nothing that the kernel tells can show: a probe of ours that speaks does (see the detectors' own tests). */
const UNKNOWABLE: ReadonlySet<string> = new Set(['idle-half-open', 'stuck-tls']);

async function found(name: string): Promise<{ readonly truth: Truth; readonly findings: readonly FindingEvent[] }> {
  const { truth, inputs } = await readGolden(name);
  const findings = replay(inputs).filter((event) => event.kind === 'finding' && isMine(event.detector) && isAbout(truth, event));
  return { truth, findings: findings as readonly FindingEvent[] };
}

const all = (await Promise.all(goldens().map(readGolden))).map(({ truth }) => truth);
const symptoms = all.filter(({ symptom, name }) => symptom !== null && isMine(symptom) && !UNKNOWABLE.has(name));

describe('each scenario that is half-open or false-alive', () => {
  it.each(symptoms)('$name is found within a second of the moment at which the kernel is sure', async ({ name }) => {
    const { truth, findings } = await found(name);
    const { causeNs = 0, firmMs = null } = truth.due ?? {};
    const [first] = findings;
    expect(first).toMatchObject({ detector: truth.symptom, phase: 'open' });
    expect(first?.severity).not.toBe('info');
    const afterMs = ((first?.ns ?? Number.NaN) - causeNs) / 1e6;
    expect(afterMs).toBeLessThan((firmMs ?? Number.NaN) + 1000);
    // None of them heals before its recording ends.
    expect(findings.filter(({ phase }) => phase === 'resolved')).toEqual([]);
    expect(new Set(findings.map(({ detector }) => detector))).toEqual(new Set([truth.symptom]));
  });
});

describe('all others', () => {
  const others = all.filter((truth) => !symptoms.includes(truth));
  it.each(others)('$name yields none, or the one that is right too', async ({ name }) => {
    const { findings } = await found(name);
    const also = ALSO[name]?.detector ?? null;
    expect(findings.filter(({ detector }) => detector !== also).map(({ summary }) => summary)).toEqual([]);
    if (also !== null && findings.length === 0 && name !== 'accept-queue-full') expect.fail(`${name}: ${ALSO[name]?.why}`);
  });

  it('resolves what is heard again: the RST of the place that an address moved to', async () => {
    const { findings } = await found('moved-after-silence');
    expect(findings.at(-1)).toMatchObject({ phase: 'resolved', summary: expect.stringMatching(/ is heard again\.$/) });
  });
});
