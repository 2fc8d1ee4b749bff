import { describe, expect, it } from 'vitest';
import { lingeringProbe } from '../../../src/core/detect/lingering-probe.ts';
import { probeDrift } from '../../../src/core/detect/probe-drift.ts';
import { CONNECTION_THRESHOLDS } from '../../../src/core/model/connection-thresholds.ts';
import type { ProbeEvent } from '../../../src/core/model/event.ts';
import { attemptAt, laneOf, probeEventOf } from '../attempts.ts';
import { Direct } from './direct.ts';

const drift = () => new Direct((findings) => probeDrift(findings, CONNECTION_THRESHOLDS['probe-drift']));
const linger = () => new Direct((findings) => lingeringProbe(findings, CONNECTION_THRESHOLDS['lingering-probe']));

/** connect() that took `appMs`; the kernel's span of it is `kernelMs`, from 2 ms on. */
function attempt(appMs: number, kernelMs: number, resent: ProbeEvent['seq'][] = []): ProbeEvent {
  const made = attemptAt({ called: 0, connectCalled: 1, submitted: 2, connected: 1 + appMs, done: 2 + appMs });
  const establishedNs = 1.002e9 + kernelMs * 1e6;
  const syns = resent.map((ms) => ({ ns: 1e9 + ms * 1e6, what: 'syn', timer: 'rto', backoff: 1 }) as const);
  return probeEventOf(made, laneOf({ synSentNs: 1.002e9, establishedNs, resent: syns, synRetransmits: syns.length }));
}

describe('a probe that drifts', () => {
  it('is told at the third of ten attempts above the budget, with the prober’s own loop as the cause', () => {
    const story = drift().take(attempt(302, 1), attempt(3, 1), attempt(302, 1));
    expect(story.told).toEqual([]);
    story.take(attempt(302, 1));
    expect(story.words).toEqual(['open info confirmed']);
    expect(story.told[0]).toMatchObject({ subject: { type: 'probe', probe: 'tcp://127.0.0.1:80' } });
    expect(story.told[0]?.summary).toContain('event loop was busy');
    expect(story.told[0]?.against[0]?.words).toContain('not the far end');
    expect(story.told[0]?.evidence[1]?.figures).toMatchObject({ eventLoopMs: 301, gcMs: 0, synRetransmissionMs: 0 });
  });

  it('names SYNs that had to be sent again, which is not the prober', () => {
    const story = drift();
    for (let n = 0; n < 3; n++) story.take(attempt(1015, 1012, [1012]));
    expect(story.told[0]?.summary).toContain('SYNs had to be sent again');
    expect(story.told[0]?.against[0]?.words).toContain('the way lost segments');
  });

  it('is over once the attempts are back within the budget', () => {
    const story = drift();
    for (let n = 0; n < 3; n++) story.take(attempt(302, 1));
    for (let n = 0; n < 10; n++) story.take(attempt(3, 1));
    expect(story.until(20).told.at(-1)).toMatchObject({ phase: 'resolved' });
  });

  it('is not one whose far end is slow, that is a little late, or that cannot be held against the kernel', () => {
    const story = drift();
    for (let n = 0; n < 20; n++) story.take(attempt(503, 500), attempt(30, 1));
    for (let n = 0; n < 20; n++)
      story.take(probeEventOf(attemptAt({ called: 0, connectCalled: 1, submitted: 2, connected: 900, done: 901 })));
    expect(story.told).toEqual([]);
  });
});

describe('sockets of probes that outlive their attempts', () => {
  const told = (number: number, update: ProbeEvent['update']): ProbeEvent =>
    probeEventOf(attemptAt({ called: 0, closed: 10 }, { attempt: number }), laneOf({ state: 'FIN_WAIT1' }), { update, seq: number });

  it('are told by target with their state, become a warning when they are ten, and are over when the last is gone', () => {
    const story = linger().until(3).take(told(1, null), told(1, 'lingering'));
    expect(story.words).toEqual(['open info confirmed']);
    expect(story.told[0]?.summary).toBe(
      '1 socket of the probe tcp://127.0.0.1:80 lives on in the kernel (FIN_WAIT1) after the probe closed it.',
    );
    story.until(6);
    for (let n = 2; n <= 10; n++) story.take(told(n, 'lingering'));
    expect(story.words.at(-1)).toBe('update warning confirmed');
    for (let n = 1; n <= 10; n++) story.take(told(n, 'gone'));
    expect(story.until(30).told.at(-1)).toMatchObject({ phase: 'resolved' });
  });

  it('are let go of after ten minutes, when nobody follows them any more', () => {
    const story = linger().until(3).take(told(1, 'lingering'));
    expect(story.until(590).told).toHaveLength(1);
    expect(story.until(640).told.at(-1)).toMatchObject({ phase: 'resolved' });
  });

  it('are none where an attempt only ends late', () => {
    expect(linger().take(told(1, null), told(2, null), told(3, 'gone')).until(9).told).toEqual([]);
  });
});
