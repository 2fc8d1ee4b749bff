import { describe, expect, it } from 'vitest';
import { Samples } from './prometheus.ts';

const TEXT = `# HELP synoptic_events_total Events, by kind
# TYPE synoptic_events_total counter
synoptic_events_total{kind="state"} 1200
synoptic_events_total{kind="gap"} 3
synoptic_events_totals{kind="state"} 9
synoptic_live_clients 2
synoptic_odd{a="x, \\"y\\"",b="}"} 1.5e3
`;

describe('a scrape', () => {
  const samples = new Samples(TEXT);

  it('gives a value by name and labels, in whatever order these stand', () => {
    expect(samples.of('synoptic_events_total', { kind: 'state' })).toBe(1200);
    expect(samples.of('synoptic_live_clients')).toBe(2);
    expect(samples.of('synoptic_odd', { b: '}', a: 'x, \\"y\\"' })).toBe(1500);
  });

  it('takes a counter that is not there yet for 0', () => {
    expect(samples.of('synoptic_events_total', { kind: 'reset' })).toBe(0);
  });

  it('says which values of a name have grown since another one, and by how much', () => {
    const later = new Samples(`${TEXT.replace('kind="gap"} 3', 'kind="gap"} 5')}synoptic_events_total{kind="drop"} 4\n`);
    expect([...later.grownSince(samples, 'synoptic_events_total')]).toEqual([
      ['kind=gap', 2],
      ['kind=drop', 4],
    ]);
    expect(samples.grownSince(samples, 'synoptic_events_total').size).toBe(0);
  });

  it('sums over the labels of one name, and of no longer one', () => {
    expect(samples.sum('synoptic_events_total')).toBe(1203);
  });
});
