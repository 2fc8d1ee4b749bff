import { describe, expect, it } from 'vitest';
import { FindingList } from '../../../src/viewer/model/finding-list.ts';
import { anEvent } from '../wire.ts';

const finding = (seq: number, id: string, severity: 'critical' | 'warning' | 'info', phase: 'open' | 'update' | 'resolved' = 'open') =>
  anEvent('finding', { seq, id, severity, phase });

describe('the list of findings', () => {
  it('has those of the snapshot and what came since, the worst first', () => {
    const list = new FindingList();
    list.reset([finding(1, 'a', 'info'), finding(2, 'b', 'warning')]);
    list.take(finding(3, 'c', 'critical'));
    list.take(finding(4, 'a', 'warning', 'update'));
    expect(list.worstFirst.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  });

  it('lets resolved ones go, and is not set back by what the snapshot knew already', () => {
    const list = new FindingList();
    list.reset([finding(5, 'a', 'critical', 'update'), finding(2, 'b', 'info')]);
    list.take(finding(3, 'a', 'info'));
    list.take(finding(6, 'b', 'info', 'resolved'));
    expect(list.worstFirst).toMatchObject([{ id: 'a', severity: 'critical' }]);
  });
});
