import { beforeEach, describe, expect, it } from 'vitest';
import { TIME_WAIT_AGES } from '../../../src/formats/status.ts';
import { BINS, TimeWaitLedger } from '../../../src/viewer/model/time-wait-ledger.ts';
import { anEvent } from '../wire.ts';

const S = 1_000_000_000;
const enter = (lport: number, atS: number, fields = {}) => anEvent('time-wait', { lport, ns: String(atS * S), ...fields });
const leave = (lport: number, atS: number, reusedBy: number | null = null) =>
  anEvent('time-wait', { lport, ns: String(atS * S), phase: 'leave', reusedBy });

describe('the ledger of TIME_WAIT', () => {
  let ledger: TimeWaitLedger;
  beforeEach(() => {
    ledger = new TimeWaitLedger();
  });
  const only = (nowS: number, by: 'destination' | 'owner' | 'local-port' = 'destination') =>
    ledger.groups(by, nowS * S, 10, null).groups[0];

  it('puts those that wait where their age is', () => {
    for (const [lport, atS] of [
      [1, 0],
      [2, 1],
      [3, 29],
    ] as const)
      ledger.accept(enter(lport, atS));
    expect(only(30)?.bins.map(({ now }) => now)).toEqual([1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect(only(30)).toMatchObject({ name: '10.0.0.9:443', waiting: 3, entered: 3 });
  });

  it('tells expiry from being taken over, and at which age: of those that came so far, how many', () => {
    for (const lport of [1, 2, 3, 4]) ledger.accept(enter(lport, 0));
    ledger.accept(leave(1, 12, 99));
    ledger.accept(leave(2, 60));
    const group = only(60);
    expect(group).toMatchObject({ entered: 4, expired: 1, reused: 1, waiting: 2 });
    expect(group?.bins[2]).toEqual({ now: 0, reached: 4, reused: 1 });
    expect(group?.bins[3]?.reached).toBe(3);
  });

  it('does not wait for those whose leaving it missed: there is always room for who enters now', () => {
    const one = enter(1, 0);
    // 2,000 a second for 150 s, and none of them is seen to leave.
    for (let count = 0; count < 300_000; count++)
      ledger.accept({ ...one, lport: count % 60_000, rport: Math.floor(count / 60_000), ns: String(count * 500_000) });
    expect(ledger.forgotten).toBe(0);
  });

  it('counts a leaving whose entry it never saw, without guessing an age', () => {
    ledger.accept(leave(1, 12, 99));
    expect(only(12)).toMatchObject({ waiting: 0, entered: 0, reused: 1 });
    expect(only(12)?.bins.every(({ reached }) => reached === 0)).toBe(true);
  });

  it('forgets one whose leaving was lost: the kernel keeps none longer than a minute', () => {
    ledger.accept(enter(1, 0));
    expect(only(64)?.waiting).toBe(1);
    expect(only(66)?.waiting).toBe(0);
  });

  it('shows who waited before the page was opened as the service tells it, by destination', () => {
    ledger.accept(enter(1, 0));
    const ages = [0, 7, ...new Array<number>(10).fill(0)];
    const told = [{ raddr: '10.0.0.9', rport: 443, ages }];
    expect(ledger.groups('destination', S, 10, told).groups[0]).toMatchObject({ waiting: 7, entered: 1 });
    expect(ledger.groups('remote-port', S, 10, told).groups[0]).toMatchObject({ name: '443', waiting: 7 });
    expect(ledger.groups('local-port', S, 10, told).groups[0]).toMatchObject({ name: '1', waiting: 1 });
  });

  it('groups by owner, the one nobody knows among them, largest first', () => {
    ledger.accept(enter(1, 0, { comm: null, pid: null }));
    for (const lport of [2, 3]) ledger.accept(enter(lport, 0));
    expect(ledger.groups('owner', S, 10, null).groups.map(({ name, waiting }) => [name, waiting])).toEqual([
      ['curl', 2],
      ['', 1],
    ]);
    expect(ledger.groups('owner', S, 1, null)).toMatchObject({ total: 2, groups: [{ name: 'curl' }] });
  });

  it('has as many steps of age as the service tells', () => {
    expect(BINS).toBe(TIME_WAIT_AGES);
  });
});
