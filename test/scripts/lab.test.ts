import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../src/core/model/event.ts';
import { subject } from '../../src/core/model/finding.ts';
import { rowOf, tableOf } from '../lab/found.ts';
import { readGolden } from '../lab/golden.ts';

const LAB = fileURLToPath(new URL('../../scripts/lab', import.meta.url));
const { truth } = await readGolden('peer-vanishes');
const CAUSE_NS = truth.due?.causeNs ?? 0;
const netns = truth.hosts['client']?.netns ?? 0;

function finding(change: Partial<FindingEvent>): FindingEvent {
  return {
    ...{
      kind: 'finding',
      seq: 1,
      ns: CAUSE_NS + 2e9,
      wallUs: 0,
      id: 'half-open-1',
      detector: 'half-open',
      phase: 'open',
      severity: 'warning',
    },
    ...{ confidence: 'suspected', subject: subject('peer', { netns }), since: 0, summary: '', evidence: [], against: [], advice: [] },
    ...{ completeness: { whole: true, gaps: [], share: 1, words: null } },
    ...change,
  };
}

describe('the table of the lab', () => {
  it('says when a detector first spoke, and how bad and how sure it came to be', () => {
    const events = [
      finding({ severity: 'info', ns: CAUSE_NS + 1e9 }),
      finding({}),
      finding({ ns: CAUSE_NS + 4e9, phase: 'update', confidence: 'confirmed' }),
    ];
    const row = rowOf(truth, events);
    expect(row).toMatchObject({
      symptom: 'half-open',
      found: [{ detector: 'half-open', afterMs: 1000, severity: 'warning', confidence: 'confirmed' }],
    });
    expect(tableOf([row, { ...row, found: [] }]).split('\n')[1]).toMatch(
      /^half-open +peer-vanishes +1 of 2 +1000 +\d+ +warning +confirmed$/,
    );
  });

  it('leaves out findings about anybody else’s hosts', () => {
    expect(rowOf(truth, [finding({ subject: subject('peer', { netns: netns + 100_000 }) })]).found).toEqual([]);
  });

  it('names every detector that blames what must be left alone', () => {
    const lookalike = { scenario: 'slow-server', symptom: null, earliestMs: null };
    const found = [{ detector: 'false-alive', afterMs: 10, severity: 'warning' as const, confidence: 'suspected' as const }];
    expect(tableOf([{ ...lookalike, found }]).split('\n')[1]).toMatch(/^\(must stay silent\) +slow-server +false-alive$/);
  });
});

describe('scripts/lab', () => {
  it('explains itself', () => {
    expect(execFileSync(LAB, ['--help'], { encoding: 'utf8' })).toMatch(/^lab - plays/);
  });

  it('takes nothing but a number of runs first', () => {
    const { status, stderr } = spawnSync(LAB, ['peer-vanishes'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('no number of runs');
  });
});
