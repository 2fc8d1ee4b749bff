import { describe, expect, it } from 'vitest';
import { connectionChurn } from '../../../src/core/detect/connection-churn.ts';
import { CONNECTION_THRESHOLDS } from '../../../src/core/model/connection-thresholds.ts';
import { Direct, state } from './direct.ts';

const watch = () => new Direct((findings) => connectionChurn(findings, CONNECTION_THRESHOLDS['connection-churn']));
let sock = 0;
/** Opened in this second, and ended in it after `livedUs`; null: kept. */
function second(story: Direct, at: number, count: number, livedUs: number | null): void {
  for (let n = 0; n < count; n++) {
    const id = ++sock;
    story.take(state(at + n / count, id, 'SYN_SENT', 'ESTABLISHED'));
    if (livedUs !== null) story.take(state(at + n / count, id, 'ESTABLISHED', 'FIN_WAIT1', { dwellUs: livedUs }));
  }
  story.until(at + 1);
}

describe('connections that are not used again', () => {
  it('are told after four whole seconds of them, as worth knowing and no more, and over when they stop', () => {
    const story = watch();
    for (let s = 0; s < 4; s++) second(story, s, 30, 2000);
    expect(story.told).toEqual([]);
    second(story, 4, 30, 2000);
    expect(story.words).toEqual(['open info consistent']);
    expect(story.told[0]?.evidence[0]).toMatchObject({ figures: { perSecond: 30, meanMs: 2 } });
    story.until(20);
    expect(story.told.at(-1)).toMatchObject({ phase: 'resolved', summary: 'Fewer than 25 short connections a second for 5 s.' });
  });

  it('pile up where each second opens more and ends none', () => {
    const story = watch();
    for (let s = 0; s < 5; s++) second(story, s, 20, null);
    expect(story.words).toEqual(['open info suspected']);
    expect(story.told[0]?.summary).toContain('a pool that leaks, or has no bound');
    for (let s = 5; s < 70; s++) second(story, s, 20, null);
    expect(story.words.at(-1)).toBe('update warning consistent');
  });
});

describe('what looks like it', () => {
  it('a burst, a pool that fills at once, and long connections that come and go say nothing', () => {
    const burst = watch();
    for (const s of [0, 1, 2]) second(burst, s, 500, 2000);
    expect(burst.until(30).told).toEqual([]);
    const pool = watch();
    for (const s of [0, 1]) second(pool, s, 200, null);
    expect(pool.until(30).told).toEqual([]);
    const long = watch();
    for (let s = 0; s < 20; s++) second(long, s, 100, 3e6);
    expect(long.told).toEqual([]);
  });

  it('a pool that grows while it turns over, as load comes, says nothing', () => {
    const story = watch();
    for (let s = 0; s < 20; s++) {
      second(story, s, 15, null);
      second(story, s + 0.5, 15, 3e6);
    }
    expect(story.told).toEqual([]);
  });

  it('connections that others made to us say nothing: theirs is the choice', () => {
    const story = watch();
    for (let n = 0; n < 2000; n++) story.take(state(n / 100, n, 'SYN_RECV', 'ESTABLISHED', { origin: 'passive' })).until(n / 100);
    expect(story.told).toEqual([]);
  });
});
