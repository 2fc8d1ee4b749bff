import { expect, it } from 'vitest';
import type { CountersInput, QueuesInput, SysctlsInput } from '../../../src/core/model/input.ts';
import { Repeats } from '../../../src/sources/samples/repeats.ts';

const S = 1e9;
const sums = { timeWait: 0, activeOpens: 1, passiveOpens: 0, estabResets: 0, currEstab: 0, timeWaitOverflow: 0, alive: null };
const counters = (atS: number, more: Partial<CountersInput> = {}): CountersInput => ({
  type: 'counters',
  fromNs: atS * S - 1000,
  atNs: atS * S,
  netns: 1,
  ...sums,
  ...more,
});
const queues = (atS: number, more: Partial<QueuesInput> = {}): QueuesInput => ({
  ...{ type: 'queues', fromNs: atS * S, atNs: atS * S, netns: 1, listeners: [], waiting: [], leftOut: 0 },
  ...more,
});
const sysctls = (atS: number, values: SysctlsInput['values']): SysctlsInput => ({ type: 'sysctls', atNs: atS * S, netns: 1, values });

it('leaves out counters that were told just before, and tells them again a second later', () => {
  const repeats = new Repeats();
  expect([1, 1.5, 2, 2.5].map((at) => repeats.isOne(counters(at)))).toEqual([false, true, false, true]);
});

it('tells what has changed, and each namespace by itself', () => {
  const repeats = new Repeats();
  expect(repeats.isOne(counters(1))).toBe(false);
  expect(repeats.isOne(counters(1.1, { netns: 2 }))).toBe(false);
  expect(repeats.isOne(counters(1.2, { activeOpens: 2 }))).toBe(false);
  expect(repeats.isOne(counters(1.3, { activeOpens: 2, alive: [1, 2] }))).toBe(false);
});

it('tells every look that found something waiting, and the first that does not any more', () => {
  const repeats = new Repeats();
  const ends = { laddr: '10.0.0.1', lport: 80, raddr: '10.0.0.2', rport: 4000 };
  const waiting = [{ ...ends, state: 'ESTABLISHED', recvQ: 9, sendQ: 0, owned: true, timer: null, info: null } as const];
  expect(repeats.isOne(queues(1))).toBe(false);
  expect([1.1, 1.2].map((at) => repeats.isOne(queues(at, { waiting })))).toEqual([false, false]);
  expect(repeats.isOne(queues(1.3))).toBe(false);
  expect(repeats.isOne(queues(1.4))).toBe(true);
});

it('tells settings again only where they have changed, and once more where the namespace is another', () => {
  const repeats = new Repeats();
  expect(repeats.isOne(sysctls(1, { 'ipv4.tcp_tw_reuse': '2' }))).toBe(false);
  expect(repeats.isOne(sysctls(100, { 'ipv4.tcp_tw_reuse': '2' }))).toBe(true);
  expect(repeats.isOne(sysctls(101, { 'ipv4.tcp_tw_reuse': '1' }))).toBe(false);
  repeats.keepNamespaces(new Set([7]));
  expect(repeats.isOne(sysctls(102, { 'ipv4.tcp_tw_reuse': '1' }))).toBe(false);
});
