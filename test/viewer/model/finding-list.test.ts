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

  it('keeps those that are over, the one resolved last first, and every step that it heard of', () => {
    const list = new FindingList();
    list.reset([finding(1, 'a', 'warning'), finding(2, 'b', 'info')]);
    list.take(finding(3, 'a', 'critical', 'update'));
    list.take(finding(4, 'a', 'critical', 'resolved'));
    list.take(finding(5, 'b', 'info', 'resolved'));
    expect(list.resolved.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(list.steps('a').map(({ seq, phase, severity }) => [seq, phase, severity])).toEqual([
      [1, 'open', 'warning'],
      [3, 'update', 'critical'],
      [4, 'resolved', 'critical'],
    ]);
  });

  it('takes what the service remembers beside what it heard itself, each once', () => {
    const list = new FindingList();
    list.take(finding(4, 'a', 'critical', 'resolved'));
    list.fill({ resolved: [finding(4, 'a', 'critical', 'resolved'), finding(2, 'z', 'info', 'resolved')] });
    expect(list.resolved.map(({ id }) => id)).toEqual(['a', 'z']);
    expect(list.get('z')).toMatchObject({ phase: 'resolved' });
  });
});
