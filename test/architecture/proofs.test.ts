import { describe, expect, it } from 'vitest';
import { threats, unproven } from './proofs.ts';

const page = (...rows: string[]) => ({ 'src/SECURITY.md': ['| threat | against it | proof |', '| --- | --- | --- |', ...rows].join('\n') });
const tree = (files: Record<string, string>) => new Map(Object.entries(files));
const TEST = { 'test/a.test.ts': "  it('stands against it', () => {\n  it.each([\n  ])('every one of %s', () => {\n// it once stood here" };

describe('a threat', () => {
  it('is a row of a table, its head aside', () => {
    expect(threats(tree(page('| names | escaped | `test/a.test.ts` “stands” |')))).toEqual([
      { threat: 'names', proofs: [{ path: 'test/a.test.ts', test: 'stands' }] },
    ]);
  });

  it('is proven by tests that are there', () => {
    const rows = page('| names | escaped | `test/a.test.ts` “stands against it”, `test/a.test.ts` “every one of” |');
    expect(unproven(tree({ ...TEST, ...rows }))).toEqual([]);
  });

  it('is told where it names no test, one that is gone, or one of a file that is gone', () => {
    const rows = page(
      '| a | b | trust us |',
      '| c | d | `test/a.test.ts` “once stood” |',
      '| e | f | `test/b.test.ts` “stands against it” |',
    );
    expect(unproven(tree({ ...TEST, ...rows }))).toEqual([
      'a: names no test',
      'c: test/a.test.ts has no test “once stood”',
      'e: test/b.test.ts has no test “stands against it”',
    ]);
  });
});
