import { describe, expect, it } from 'vitest';
import { type Results, tally } from './tally.ts';

function results(change: Partial<Results> = {}): Results {
  return { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...change };
}

describe('the last line of scripts/test', () => {
  it('counts what vitest counted, and is well when nothing failed', () => {
    expect(tally(results(), 0, 0)).toEqual({ line: '5 passed, 0 failed', exit: 0 });
  });

  it('counts failed tests', () => {
    expect(tally(results({ numFailedTests: 2 }), 1, 0)).toEqual({ line: '5 passed, 2 failed', exit: 1 });
  });

  it('adds one for each failed check, even when all tests passed', () => {
    expect(tally(results(), 0, 2)).toEqual({ line: '5 passed, 2 failed', exit: 1 });
  });

  it('counts a file that could not be loaded once, and a file with failed tests only by those', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const withFailedTest = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
    expect(tally(results({ numFailedTests: 1, testResults: [broken, withFailedTest] }), 1, 0).line).toBe('5 passed, 2 failed');
  });

  it('is not well when vitest ended badly though every test passed', () => {
    expect(tally(results(), 1, 0)).toEqual({ line: '5 passed, 1 failed', exit: 1 });
  });

  it('is not well when vitest wrote no results at all', () => {
    expect(tally(null, 1, 0)).toEqual({ line: '0 passed, 1 failed', exit: 1 });
  });

  it('is not well when no test ran, though nothing failed', () => {
    expect(tally(results({ numPassedTests: 0 }), 0, 0)).toEqual({ line: '0 passed, 0 failed', exit: 1 });
  });

  it('tells of skipped tests, and of those only planned', () => {
    expect(tally(results({ numPendingTests: 1, numTodoTests: 2 }), 0, 0).line).toBe('5 passed, 0 failed, 3 skipped');
  });
});
