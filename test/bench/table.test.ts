import { describe, expect, it } from 'vitest';
import { type AccountCheck, TRANSITIONS } from './account.ts';
import type { Figure } from './benchmark.ts';
import { brokenPromises, printed } from './printed.ts';
import { accountTable, figureTable, number } from './table.ts';

const unknown = (): null => null;
const figure = (change: Partial<Figure> = {}): Figure => ({ name: 'ratio', unit: '', values: [0.9, 0.92, 0.88], ...change });
const table = (figures: readonly Figure[], before: (name: string) => number | null = unknown) => figureTable(figures, before, false);

describe('a table of figures', () => {
  it('stands target, measurement and the baseline’s figure side by side', () => {
    const lines = table([figure({ target: { atLeast: 0.85 } })], () => 0.91).split('\n');
    expect(lines).toEqual([
      '       median      min – max  unit   target  reached  baseline',
      'ratio   0.900  0.880 – 0.920        ≥ 0.850      yes     0.910',
    ]);
  });

  it('says NO where the median misses its target, or the worst one where that is judged', () => {
    expect(table([figure({ target: { atLeast: 0.91 } })])).toContain('NO');
    expect(table([figure({ target: { atMost: 0.91 } })])).toContain('yes');
    expect(table([figure({ target: { atMost: 0.91 }, judged: 'max' })])).toContain('NO');
  });

  it('prints no number for what was not measured, but why', () => {
    const text = table([figure(), figure({ name: 'peer', values: [], why: 'no root of trixie', target: { atLeast: 0.5 } })], () => 1);
    expect(text.split('\n').at(-1)).toBe('peer: not measured (no root of trixie)');
  });

  it('gives no spread of a single measurement', () => {
    expect(table([figure({ values: [0.5] })])).not.toContain('0.500 –');
  });

  it('is never wider than 100 columns', () => {
    const wide = figure({
      name: 'a name that is much too long for a line of any table, whatever it says',
      unit: 'records',
      values: [1_234_567_890, 2_234_567_890],
      target: { atMost: 0.001 },
      why: 'x'.repeat(200),
    });
    const account: AccountCheck = { title: 't', rows: [], lost: 0, faults: ['y'.repeat(200)] };
    const text = printed(
      { figures: [wide, { ...wide, values: [] }], accounts: [account], notes: ['a word '.repeat(40)] },
      () => 1_234_567_890,
      true,
    );
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('keeps three digits that count, and all of a whole number', () => {
    expect([0.9123, 1.239, 48.26, 130.4, 30_214, 0].map(number)).toEqual(['0.912', '1.24', '48.3', '130', '30214', '0']);
  });
});

describe('an account', () => {
  const rows = TRANSITIONS.map(([from, to]) => ({
    transition: `${from}→${to}`,
    streamed: 60,
    shed: 40,
    kernel: 100,
    unaccounted: 0,
  }));

  it('shows each transition with its sums', () => {
    const lines = accountTable({ title: 'bpftrace 0.27.1', rows, lost: 0, faults: [] }).split('\n');
    expect(lines[0]).toBe('account, bpftrace 0.27.1: adds up');
    expect(lines[2]?.split(/\s+/)).toEqual(['CLOSE→SYN_SENT', '100', '60', '40', '0']);
    expect(lines).toHaveLength(12);
  });

  it('that does not add up says so, and what was admitted', () => {
    const [, ...rest] = rows;
    const first = { transition: 'CLOSE→SYN_SENT', streamed: 60, shed: 39, kernel: 100, unaccounted: 1 };
    expect(accountTable({ title: 't', rows: [first, ...rest], lost: 5, faults: [] })).toMatch(/^account, t: does NOT add up \(.* 5 lost\)/);
  });
});

describe('what counts as broken', () => {
  const account: AccountCheck = { title: 't', rows: [], lost: 0, faults: ['witnesses differ'] };
  const report = (figures: readonly Figure[]) => ({ figures, accounts: [account], notes: [] });

  it('is a target that was missed or not measured, and an account that does not add up', () => {
    const missed = figure({ target: { atLeast: 1 } });
    expect(brokenPromises(report([missed, figure({ values: [], target: { atLeast: 1 } }), figure()]), false)).toBe(3);
    expect(brokenPromises(report([figure({ target: { atLeast: 0.5 } })]), false)).toBe(1);
  });

  it('is in a shortened run the account alone', () => {
    expect(brokenPromises(report([figure({ target: { atLeast: 1 } })]), true)).toBe(1);
  });
});

describe('notes', () => {
  it('that are the same are told once, with their number', () => {
    expect(printed({ figures: [], accounts: [], notes: ['busy', 'busy', 'late'] }, unknown, false)).toMatch(
      /note: busy \(2 times\)\nnote: late$/,
    );
  });
});
