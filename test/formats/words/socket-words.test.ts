import { expect, it } from 'vitest';
import type { FastOpenOutcome, FastOpenState, SocketInfo } from '../../../src/core/model/socket-view.ts';
import { socketInWords } from '../../../src/formats/words/socket-words.ts';

const INFO: SocketInfo = {
  ...{ state: 'ESTABLISHED', options: [], rttUs: 1500, rttVarUs: 40, minRttUs: 1200, retransmits: 0, unacked: 0 },
  ...{ segsOut: 4, segsIn: 3 },
};

const said = (info: Partial<SocketInfo>) =>
  socketInWords({ options: [], fastOpen: null, info: { ...INFO, ...info, options: [] }, why: null });

it('a socket’s figures are a line, without what this kernel does not tell', () => {
  expect(said({})).toEqual(['ESTABLISHED, round trip 1.5 ms ± 40 µs, nothing sent again, 4 segments out, 3 in']);
  expect(said({ retransmits: 1, unacked: 2 })).toEqual([
    'ESTABLISHED, round trip 1.5 ms ± 40 µs, 1 segment sent again, 4 segments out, 3 in, 2 not acknowledged',
  ]);
  expect(said({ state: 'SYN_SENT', rttUs: null, rttVarUs: null, retransmits: 3, segsIn: null })).toEqual([
    'SYN_SENT, no round trip, 3 segments sent again',
  ]);
});

it('an option says what the kernel made of it, in its unit, or why nothing', () => {
  const options = [
    { name: 'TCP_FASTOPEN_CONNECT', asked: 1, applied: 1, why: null },
    { name: 'TCP_USER_TIMEOUT', asked: 1500, applied: null, why: 'not set: koffi is not installed' },
    { name: 'TCP_KEEPIDLE', asked: 30, applied: 60, why: 'the kernel made 60 of it' },
    { name: 'TCP_KEEPCNT', asked: null, applied: 10, why: null },
  ] as const;
  expect(socketInWords({ options: [...options], fastOpen: null, info: null, why: 'TCP_INFO cannot be read: no' })).toEqual([
    'TCP_INFO cannot be read: no',
    'TCP_USER_TIMEOUT 1500 ms not set: koffi is not installed, TCP_KEEPIDLE 60 s (the kernel made 60 of it), TCP_KEEPCNT 10 (Node’s own)',
  ]);
});

it('Fast Open says what became of it, and what failed here before', () => {
  const state: FastOpenState = { setting: 1, active: 0, activeFail: 0, blackhole: 0, blackholeTimeoutS: 0 };
  const words = (outcome: FastOpenOutcome, more: Partial<FastOpenState> = {}) =>
    socketInWords({ options: [], fastOpen: { outcome, why: null, state: { ...state, ...more } }, info: null, why: '' })[1];
  expect(words('not-sent')).toMatch(/^Fast Open not-sent: a cookie was there, and nothing was sent[^(]*$/);
  expect(words('syn-lost', { activeFail: 2 })).toMatch(
    / \(2 failed in this network namespace so far; the kernel never holds it back \(tcp_fastopen_blackhole_timeout_sec is 0\)\)$/,
  );
  expect(words('held-back', { blackhole: 1, blackholeTimeoutS: 3600 })).toMatch(/ \(black holes met 1 time\)$/);
});
