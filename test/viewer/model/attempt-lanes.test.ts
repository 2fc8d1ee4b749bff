import { describe, expect, it } from 'vitest';
import { attemptLanes } from '../../../src/viewer/model/attempt-lanes.ts';
import { at, attempt, KERNEL, WHOLE } from './attempts.ts';

const names = (pieces: readonly { readonly name: string }[] | null) => pieces?.map(({ name }) => name) ?? null;

describe('one attempt as two lanes', () => {
  it('lays the application over the kernel on one axis, each stretch where it was', () => {
    const lanes = attemptLanes(attempt(WHOLE, KERNEL));
    expect(names(lanes.application)).toEqual(['connect', 'wait for answer', 'answer', 'close']);
    expect(names(lanes.kernel)).toEqual(['SYN_SENT', 'ESTABLISHED', 'FIN sent', 'TIME_WAIT']);
    expect(lanes.application[0]).toMatchObject({ fromUs: 100, toUs: 1200 });
    expect(lanes.kernel?.[0]).toMatchObject({ fromUs: 200, toUs: 1000 });
    expect(lanes.errorUs).toBe(50);
  });

  it('tears TIME_WAIT off at the end of the attempt, so that a minute does not hide five milliseconds', () => {
    const lanes = attemptLanes(attempt(WHOLE, { ...KERNEL, goneNs: at(60_000) }));
    expect(lanes.toUs).toBeLessThan(6000);
    expect(lanes.kernel?.at(-1)).toMatchObject({ name: 'TIME_WAIT', torn: 'right', toUs: lanes.toUs });
  });

  it('names a blocked event loop as the gap between connected in the kernel and the callback', () => {
    const late = { ...WHOLE, connected: 301.2, firstWrite: 301.4, firstByte: 304, done: 305, closeCalled: 305.1, closed: 305.4 };
    const { gaps } = attemptLanes(attempt(late, { ...KERNEL, finSentNs: at(305.2), closedNs: at(305.3), timeWaitNs: null }));
    expect(gaps.find(({ phase, withinError }) => phase === 'connect' && !withinError)).toBeDefined();
    const after = gaps.filter(({ phase }) => phase === 'connect').at(-1);
    expect(after).toMatchObject({ cause: 'event-loop', withinError: false, toUs: 301_200 });
    expect(after?.fromUs).toBeCloseTo(1000, 3);
  });

  it('calls no gap drift that is shorter than the clocks may be off', () => {
    const { gaps } = attemptLanes(attempt({ ...WHOLE, connectCalled: 0.17, connected: 1.04 }, KERNEL));
    expect(gaps.filter(({ phase }) => phase === 'connect').map(({ withinError }) => withinError)).toEqual([true, true]);
  });

  it('parts SYN_SENT where the SYN was sent again, and marks the moment', () => {
    const resent = [{ ns: at(1020), what: 'syn', timer: 'rto', backoff: 1 }] as const;
    const lossy = { ...WHOLE, connected: 1021.2, firstWrite: 1021.4, firstByte: 1024, done: 1025, closeCalled: 1025.1, closed: 1025.4 };
    const lanes = attemptLanes(attempt(lossy, { synSentNs: at(0.2), establishedNs: at(1021), resent, synRetransmits: 1 }));
    expect(lanes.kernel?.slice(0, 2).map(({ name, tone }) => [name, tone])).toEqual([
      ['SYN_SENT, lost', 'again'],
      ['SYN_SENT', 'wait'],
    ]);
    expect(lanes.marks).toEqual([{ atUs: 1_020_000, what: 'resent', words: 'SYN sent again (rto)' }]);
  });

  it('has no kernel lane where nobody looked, and guesses none', () => {
    const lanes = attemptLanes(attempt(WHOLE));
    expect([lanes.kernel, lanes.errorUs, lanes.gaps]).toEqual([null, null, []]);
  });

  it('draws a refusal as a connect that failed, with no piece for what was never reached', () => {
    const failure = { cause: 'refused', during: 'connect', code: 'ECONNREFUSED', words: 'refused' } as const;
    const { application } = attemptLanes(
      attempt({ called: 0, connectCalled: 0.1, done: 1 }, { closedNs: at(0.9) }, { failure, answer: null }),
    );
    expect(application).toEqual([{ name: 'connect', fromUs: 100, toUs: 1000, tone: 'failed', torn: null }]);
  });

  it('lets a socket that lingers go on beyond the end of the axis', () => {
    const { kernel } = attemptLanes(attempt(WHOLE, { synSentNs: at(0.2), establishedNs: at(1) }));
    expect(kernel?.at(-1)).toMatchObject({ name: 'ESTABLISHED', torn: 'right' });
  });

  it('shades the loop’s stalls and the collector’s pauses that touch the attempt, and no other', () => {
    const loop = {
      lastFreeNs: at(-1),
      lagNs: 0,
      stalls: [{ fromNs: at(1), toNs: at(3), busyNs: 2e6 }],
      gcPauses: [
        { fromNs: at(2), toNs: at(2.5) },
        { fromNs: at(900), toNs: at(901) },
      ],
    };
    const { shades } = attemptLanes(attempt(WHOLE, KERNEL, { loop }));
    expect(shades).toEqual([
      { fromUs: 1000, toUs: 3000, what: 'stall' },
      { fromUs: 2000, toUs: 2500, what: 'gc' },
    ]);
  });

  it('begins a reused connection’s kernel lane before the attempt, torn: its handshake was an earlier one’s', () => {
    const pooled = { reused: true, openedNs: at(-30_000), beat: 4, replaced: null };
    const { kernel } = attemptLanes(
      attempt({ called: 0, firstWrite: 0.1, firstByte: 0.5, done: 0.6 }, { synSentNs: null, state: 'ESTABLISHED' }, { pooled }),
    );
    expect(kernel).toHaveLength(1);
    expect(kernel?.[0]).toMatchObject({ name: 'ESTABLISHED', fromUs: 0 });
  });
});
