import { beforeEach, describe, expect, it } from 'vitest';
import { Transitions } from '../../../src/viewer/model/transitions.ts';
import { anEvent, transition } from '../wire.ts';

describe('Transitions', () => {
  let transitions: Transitions;
  beforeEach(() => {
    transitions = new Transitions();
  });
  const flow = (from: string, to: string, atMs: number) => transitions.flows(atMs).find((one) => one.from === from && one.to === to);

  it('counts each transition and tells its rate over the last five whole seconds', () => {
    for (let ms = 0; ms < 10_000; ms += 100) transitions.accept(transition(ms + 1, 'CLOSE', 'SYN_SENT'), ms);
    expect(flow('CLOSE', 'SYN_SENT', 10_000)).toMatchObject({ perSecond: 10, total: 100, impossible: null });
  });

  it('tells the same rate over longer steps, and counts on from where it was when the step changes', () => {
    transitions.pace(20);
    for (let ms = 0; ms < 200_000; ms += 100) transitions.accept(transition(ms + 1, 'CLOSE', 'SYN_SENT'), ms);
    expect(flow('CLOSE', 'SYN_SENT', 200_000)).toMatchObject({ perSecond: 10, total: 2000 });
    expect(transitions.windowS).toBe(100);
    transitions.pace(1);
    for (let ms = 200_000; ms < 203_000; ms += 200) transitions.accept(transition(ms + 1, 'CLOSE', 'SYN_SENT'), ms);
    expect(flow('CLOSE', 'SYN_SENT', 203_000)).toMatchObject({ perSecond: 5, total: 2015 });
  });

  it('begins anew after it was cleared, also at an earlier time', () => {
    for (let ms = 50_000; ms < 60_000; ms += 100) transitions.accept(transition(ms + 1, 'CLOSE', 'SYN_SENT'), ms);
    transitions.clear();
    for (let ms = 10_000; ms < 14_000; ms += 500) transitions.accept(transition(ms + 1, 'CLOSE', 'SYN_SENT'), ms);
    expect(flow('CLOSE', 'SYN_SENT', 14_000)).toMatchObject({ perSecond: 2, total: 8 });
  });

  it('lets a rate fall to nothing when nothing happens, and keeps the count', () => {
    transitions.accept(transition(1, 'CLOSE', 'SYN_SENT'), 0);
    expect(flow('CLOSE', 'SYN_SENT', 60_000)).toMatchObject({ perSecond: 0, total: 1 });
  });

  it('leads a closed socket that entered TIME_WAIT to TIME_WAIT, and not to CLOSE', () => {
    transitions.accept(transition(1, 'FIN_WAIT2', 'CLOSE', { sock: 7 }), 0);
    transitions.accept(anEvent('time-wait', { seq: 2, sock: 7 }), 0);
    expect(flow('FIN_WAIT2', 'CLOSE', 0)).toBeUndefined();
    expect(flow('FIN_WAIT2', 'TIME_WAIT', 0)).toMatchObject({ total: 1 });
  });

  it('counts who leaves TIME_WAIT, and who was taken over there', () => {
    transitions.accept(anEvent('time-wait', { phase: 'leave' }), 0);
    transitions.accept(anEvent('time-wait', { phase: 'leave', reusedBy: 9 }), 0);
    expect([flow('TIME_WAIT', 'CLOSE', 0)?.total, transitions.reused]).toEqual([2, 1]);
  });

  it('takes in what the kernel counted and told nobody one by one, but no losses', () => {
    const parts = [{ record: 'state', from: 'CLOSE', to: 'SYN_SENT', count: 500 } as const];
    transitions.accept(anEvent('gap', { cause: 'shed', lost: 0, shed: 500, parts }), 0);
    transitions.accept(anEvent('gap', { cause: 'buffer-full', lost: 500, parts }), 0);
    expect(flow('CLOSE', 'SYN_SENT', 0)?.total).toBe(500);
  });

  it('names the event that showed an impossible transition, and counts those after a hole', () => {
    transitions.accept(transition(5, 'LISTEN', 'FIN_WAIT2', { anomaly: 'impossible' }), 0);
    transitions.accept(transition(6, 'ESTABLISHED', 'CLOSE_WAIT', { anomaly: 'discontinuity' }), 0);
    expect(flow('LISTEN', 'FIN_WAIT2', 0)?.impossible).toEqual({ seq: 5 });
    expect(transitions.discontinuities).toBe(1);
  });
});
