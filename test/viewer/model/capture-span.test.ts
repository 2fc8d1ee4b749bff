import { describe, expect, it } from 'vitest';
import type { CaptureSummary } from '../../../src/formats/capture/summary.ts';
import { captureOf, findingsOf } from '../../../src/viewer/model/capture-span.ts';
import { missingWords, spanWords } from '../../../src/viewer/words/capture-words.ts';
import { aCapture } from '../wire.ts';

const at = (minute: number): string => `2026-11-21T03:${String(minute).padStart(2, '0')}:00.000000Z`;
const capture = (from: number, to: number, fields: Partial<CaptureSummary> = {}): CaptureSummary =>
  aCapture({ from: at(from), to: at(to), ...fields });

describe('a finding’s capture', () => {
  it('is one of its time, at best one that was frozen for a finding', () => {
    const [early, asked, own] = [capture(0, 5), capture(8, 20), capture(10, 16, { trigger: 'finding' })];
    expect(captureOf(at(12), [early, asked, own])).toBe(own);
    expect(captureOf(at(9), [early, asked, own])).toBe(asked);
    expect(captureOf(at(30), [early, asked, own])).toBeNull();
  });

  it('may still wait for its time after, and is never one that failed', () => {
    const waiting = aCapture({ from: null, to: null, state: 'waiting', trigger: 'finding', at: at(12) });
    expect(captureOf(at(12), [capture(10, 14, { state: 'failed' }), waiting])).toBe(waiting);
    expect(captureOf(at(13), [waiting])).toBeNull();
  });

  it('tells of the findings that began in its time', () => {
    const findings = [9, 10, 12, 16, 17].map((minute) => ({ since: at(minute) }));
    expect(findingsOf(capture(10, 16), findings)).toEqual([10, 12, 16].map((minute) => ({ since: at(minute) })));
  });
});

describe('a capture in words', () => {
  it('says its span, or why it has none yet', () => {
    expect(spanWords(capture(10, 15), 'utc')).toBe('03:10:00 – 03:15:00, 5 min 00 s');
    expect(spanWords(aCapture({ from: null, to: null, state: 'waiting' }), 'utc')).toBe('its time after is not over yet');
    expect(spanWords(aCapture({ from: null, to: null, state: 'failed' }), 'utc')).toBe('nothing was kept');
  });

  it('tells what is missing, that nothing is, and that nobody knows, apart', () => {
    expect(missingWords({ gaps: 2, lost: 1007, shed: 0, leftOut: 3 })).toEqual({
      whole: false,
      words: '2 gaps, 1,007 records lost, 3 inputs not kept',
    });
    expect(missingWords({ gaps: 0, lost: 0, shed: 0, leftOut: 0 })).toMatchObject({ whole: true });
    expect(missingWords(null)).toMatchObject({ whole: false });
  });
});
