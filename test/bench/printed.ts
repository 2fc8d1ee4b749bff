import { addsUp } from './account.ts';
import { type Report, reached } from './benchmark.ts';
import { summaryOf } from './statistics.ts';
import { accountTable, type Before, figureTable, wrapped } from './table.ts';

/** A report for people: the figures, the accounts, and what must be known to read them. */
export function printed({ figures, accounts, notes }: Report, before: Before, quick: boolean): string {
  const counted = [...Map.groupBy(notes, (note) => note)].map(([note, same]) =>
    wrapped(`note: ${note}${same.length > 1 ? ` (${same.length} times)` : ''}`),
  );
  return [figureTable(figures, before, quick), ...accounts.map(accountTable), ...counted].join('\n');
}

/**
 * Targets missed and accounts that do not add up. A figure with a target that could not be measured is a missed one. In a quick run only
 * the accounts count: they are exact however short it is.
 */
export function brokenPromises({ figures, accounts }: Report, quick: boolean): number {
  const missed = figures.filter((figure) => figure.target !== undefined && reached(figure, summaryOf(figure.values)) !== true).length;
  return accounts.filter((account) => !addsUp(account)).length + (quick ? 0 : missed);
}
