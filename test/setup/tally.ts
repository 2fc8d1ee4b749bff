/**
 * The last line of scripts/test, from vitest's own JSON results.
 *
 * Usage: node test/setup/tally.ts RESULTS EXIT FAILED_CHECKS; ends with 0 only if a test ran and nothing failed.
 */
import { readFileSync } from 'node:fs';

/** What is read of vitest's JSON report. */
export interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

export interface Tally {
  readonly line: string;
  readonly exit: 0 | 1;
}

/**
 * `results` is null where vitest wrote none. A file that failed outside its tests (import, hook) counts as one failure, and so does a
 * vitest that ended badly for any other reason, such as an unhandled error.
 */
export function tally(results: Results | null, vitestExit: number, failedChecks: number): Tally {
  const passed = results?.numPassedTests ?? 0;
  const brokenFiles = results?.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(isFailed)).length ?? 0;
  const failedTests = (results?.numFailedTests ?? 0) + brokenFiles;
  const failed = (failedTests === 0 && vitestExit !== 0 ? 1 : failedTests) + failedChecks;
  const skipped = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0);
  return {
    line: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    exit: failed > 0 || passed === 0 ? 1 : 0,
  };
}

function isFailed(assertion: { readonly status: string }): boolean {
  return assertion.status === 'failed';
}

function resultsIn(path: string): Results | null {
  const text = readFileSync(path, 'utf8');
  return text === '' ? null : (JSON.parse(text) as Results);
}

if (import.meta.main) {
  const [path = '', vitestExit = '1', failedChecks = '0'] = process.argv.slice(2);
  const { line, exit } = tally(resultsIn(path), Number(vitestExit), Number(failedChecks));
  console.log(line);
  process.exitCode = exit;
}
