import { describe, expect, it } from 'vitest';
import type { FastOpenState } from '../../../src/core/model/socket-view.ts';
import { type FastOpenSigns, fastOpenOutcome, fastOpenState } from '../../../src/sources/sockets/fast-open.ts';
import type { TcpInfo } from '../../../src/sources/sockets/tcp-info.ts';

const INFO: TcpInfo = {
  ...{ state: 'ESTABLISHED', options: ['sack'], rttUs: 50, rttVarUs: 20, minRttUs: 50, retransmits: 0, unacked: 0 },
  ...{ segsOut: 3, segsIn: 2, clientFail: 0 },
};
const STATE: FastOpenState = { setting: 1, active: 0, activeFail: 0, blackhole: 0, blackholeTimeoutS: 3600 };

function outcome(info: Partial<TcpInfo>, signs: Partial<FastOpenSigns> = {}, state: Partial<FastOpenState> = {}): string {
  const all = { deferred: true, heard: false, askedBefore: false, ...signs, info: { ...INFO, ...info } };
  return fastOpenOutcome(all, () => ({ ...STATE, ...state }));
}

describe('what became of Fast Open', () => {
  it('is read from the socket where the kernel says why (Linux 5.5 and later)', () => {
    expect(outcome({ options: ['sack', 'syn-data'] })).toBe('carried');
    expect(outcome({ clientFail: 2 })).toBe('not-acknowledged');
    expect(outcome({ clientFail: 3, retransmits: 2 })).toBe('syn-lost');
  });

  it('is concluded from retransmissions where it does not', () => {
    expect(outcome({ retransmits: 1 })).toBe('syn-lost');
    expect(outcome({})).toBe('not-acknowledged');
  });

  it('is no answer where no SYN-ACK came, refused or silent, and nothing at all where nothing was written', () => {
    expect(outcome({ state: 'SYN_SENT', options: [] })).toBe('unanswered');
    expect(outcome({ state: 'CLOSE', options: [] })).toBe('unanswered');
    expect(outcome({ state: 'CLOSE', options: [], clientFail: 2 }, { heard: true })).toBe('not-acknowledged');
    expect(outcome({ state: 'SYN_SENT', options: [], segsOut: 0 })).toBe('not-sent');
  });

  it('is held back only where the kernel has met a black hole and reacts to them', () => {
    const ordinary = { deferred: false } as const;
    expect(outcome({ clientFail: 1 }, ordinary)).toBe('cookie-asked');
    expect(outcome({ clientFail: 1 }, { ...ordinary, askedBefore: true })).toBe('no-cookie');
    expect(outcome({ clientFail: 0 }, ordinary, { blackhole: 1 })).toBe('held-back');
    expect(outcome({ clientFail: 1 }, ordinary, { blackhole: 1 })).toBe('cookie-asked');
    expect(outcome({ clientFail: 0 }, ordinary, { blackhole: 1, blackholeTimeoutS: 0 })).toBe('cookie-asked');
    expect(outcome({ clientFail: 0 }, ordinary)).toBe('cookie-asked');
  });
});

it('counts and settings are null where a kernel has none', () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/self/net/netstat': 'TcpExt: TCPFastOpenActive TCPFastOpenActiveFail\nTcpExt: 7 2\n',
    '/proc/sys/net/ipv4/tcp_fastopen': '3\n',
  };
  expect(fastOpenState((path) => files[path] ?? null)).toEqual({
    setting: 3,
    active: 7,
    activeFail: 2,
    blackhole: null,
    blackholeTimeoutS: null,
  });
  expect(fastOpenState(() => null)).toEqual({ setting: null, active: null, activeFail: null, blackhole: null, blackholeTimeoutS: null });
  expect(fastOpenState()).toMatchObject({ setting: expect.any(Number), active: expect.any(Number) });
});
