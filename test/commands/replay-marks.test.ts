import { describe, expect, it } from 'vitest';
import { ReplayMarks } from '../../src/commands/replay-marks.ts';
import type { GapCause, GapEvent } from '../../src/core/model/event.ts';
import { aFinding } from '../sinks/observed.ts';

const gap = (fromMs: number, toMs: number, cause: GapCause = 'buffer-full'): GapEvent => ({
  ...{ kind: 'gap', seq: 1, ns: 0, wallUs: 0, cause, lost: 1, shed: 0, what: null, parts: [] },
  ...{ fromNs: fromMs * 1e6, toNs: toMs * 1e6 },
});

describe('what is marked on a capture', () => {
  it('is each finding once, where it opened, as bad as it came to be, until it was over', () => {
    const marks = new ReplayMarks(0);
    marks.accept([aFinding(1, {}, { id: 'a', severity: 'info' })], 5e9);
    marks.accept([aFinding(2, {}, { id: 'a', phase: 'update', severity: 'critical', summary: 'worse' })], 6e9);
    marks.accept([aFinding(3, {}, { id: 'a', phase: 'update', severity: 'warning', summary: 'better' })], 7e9);
    marks.accept([aFinding(4, {}, { id: 'a', phase: 'resolved', severity: 'info', summary: 'over' })], 8e9);
    marks.accept([aFinding(5, {}, { id: 'b' })], 8.5e9);
    expect(marks.findings).toMatchObject([
      { id: 'a', atMs: 5000, untilMs: 8000, severity: 'critical', summary: 'worse' },
      { id: 'b', atMs: 8500, untilMs: null },
    ]);
  });

  it('stands no earlier than where it opened, to the nanosecond', () => {
    const marks = new ReplayMarks(0);
    marks.accept([aFinding(1)], 18_710_200_000.4);
    expect(Math.round((marks.findings[0]?.atMs ?? 0) * 1e6)).toBe(18_710_200_001);
  });

  it('is no more than 2,000 findings, and how many more there are', () => {
    const marks = new ReplayMarks(0);
    for (let i = 0; i < 2010; i++) marks.accept([aFinding(i + 1)], i);
    expect([marks.findings.length, marks.findingsLeftOut]).toEqual([2000, 10]);
  });

  it('is a gap of its own where it is far from others of its cause, and one with those near by', () => {
    const marks = new ReplayMarks(1000e6);
    marks.accept([gap(500, 1500)], 10_000e6);
    marks.accept([gap(1505, 1600)], 10_000e6);
    marks.accept([gap(3000, 3000), gap(1500, 1600, 'blind')], 10_000e6);
    expect(marks.gaps).toEqual([
      { fromMs: 0, toMs: 600, cause: 'buffer-full', gaps: 2 },
      { fromMs: 2000, toMs: 2000, cause: 'buffer-full', gaps: 1 },
      { fromMs: 500, toMs: 600, cause: 'blind', gaps: 1 },
    ]);
  });
});
