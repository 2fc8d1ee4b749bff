import { describe, expect, it } from 'vitest';
import { health, type Link, LOOK_MS, missing } from '../../../src/viewer/model/health.ts';
import { aStatus } from '../wire.ts';

const heard: Link = { is: 'open', heardMs: 1000 };
const nothingMissed = { events: 0, unknown: false };

describe('what the header says', () => {
  it('trusts a silent service only until the look at the clock after which two seconds would be over', () => {
    expect(health(heard, aStatus(), 2999 - LOOK_MS, 'utc')).toMatchObject({ phase: 'observing', trusted: true });
    const stale = { phase: 'stale', text: 'stale: nothing heard for 1.8 s', trusted: false };
    expect(health(heard, aStatus(), 3000 - LOOK_MS, 'utc')).toEqual(stale);
  });

  it('says since when and why it is blind', () => {
    const status = aStatus({ phase: 'blind', reason: 'bpftrace was killed', lastRecordAt: '2025-11-20T12:30:01.500000Z' });
    expect(health(heard, status, 1000, 'utc').text).toBe('blind since 12:30:01: bpftrace was killed');
  });

  it('never calls itself connected without having heard a status', () => {
    expect(health(heard, null, 1000, 'utc')).toMatchObject({ phase: 'connecting', trusted: false });
  });

  it('says for how long it is disconnected and when it tries again', () => {
    const down: Link = { is: 'down', sinceMs: 1000, nextMs: 6000, refused: false };
    expect(health(down, aStatus(), 4200, 'utc')).toEqual({
      phase: 'disconnected',
      text: 'disconnected for 3.2 s, next try in 1.8 s',
      trusted: false,
    });
    expect(health(down, aStatus(), 6100, 'utc').text).toBe('disconnected for 5.1 s, trying again');
  });

  it('tells a wrong token from a service that is gone', () => {
    expect(health({ is: 'down', sinceMs: 0, nextMs: 500, refused: true }, null, 0, 'utc').phase).toBe('refused');
  });
});

describe('what is missing', () => {
  it('is nothing where nothing is known to be', () => {
    expect(missing(aStatus(), nothingMissed)).toEqual([]);
  });

  it('is listed exactly, one item each', () => {
    const completeness = { complete: false, gaps: 9, lost: 1, shed: 40, blindMs: 1400, undecodable: 2, late: 3, evicted: 1200 };
    expect(missing(aStatus({ completeness }), { events: 7, unknown: true })).toEqual([
      '1 record lost',
      '40 records shed on purpose',
      'blind for 1.4 s',
      '2 lines undecodable',
      '3 records late',
      '1,200 sockets evicted',
      'this page missed 7 events and an unknown number more',
    ]);
  });

  it('is never an empty list while the service calls itself incomplete', () => {
    const none = { complete: false, gaps: 2, lost: 0, shed: 0, blindMs: 0, undecodable: 0, late: 0, evicted: 0 };
    expect(missing(aStatus({ completeness: none }), nothingMissed)).toEqual(['2 gaps of unknown size']);
  });

  it('counts what this page missed although the service is complete', () => {
    expect(missing(aStatus(), { events: 0, unknown: true })).toEqual(['this page missed an unknown number of events']);
  });
});
