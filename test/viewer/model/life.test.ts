import { describe, expect, it } from 'vitest';
import { isLengthKnown, lifeOf } from '../../../src/viewer/model/life.ts';
import { stayScale, trueScale } from '../../../src/viewer/model/time-scale.ts';
import { aConnection, anEvent, transition } from '../wire.ts';
import { attempt, KERNEL, WHOLE as PROBED } from './attempts.ts';

const MS = 1_000_000;
const WHOLE = [
  transition(1, 'CLOSE', 'SYN_SENT'),
  anEvent('retransmit', { seq: 2, ns: String(2 * MS) }),
  transition(3, 'SYN_SENT', 'ESTABLISHED', { sndUna: 1001, sndNxt: 1001, rcvNxt: 501 }),
  transition(9, 'ESTABLISHED', 'FIN_WAIT1', { sndUna: 1901, sndNxt: 2001, rcvNxt: 4501 }),
  transition(10, 'FIN_WAIT1', 'FIN_WAIT2', { sndUna: 2002, sndNxt: 2002, rcvNxt: 4501 }),
  transition(11, 'FIN_WAIT2', 'CLOSE'),
  anEvent('time-wait', { seq: 12, ns: String(11 * MS) }),
];

describe('a socket’s life', () => {
  it('is its states one behind the other, TIME_WAIT among them, and the last one lasts', () => {
    const life = lifeOf(WHOLE, null, 20 * MS);
    expect(life?.slices.map(({ state, fromNs, toNs }) => [state, fromNs / MS, toNs === null ? null : toNs / MS])).toEqual([
      ['SYN_SENT', 1, 3],
      ['ESTABLISHED', 3, 9],
      ['FIN_WAIT1', 9, 10],
      ['FIN_WAIT2', 10, 11],
      ['TIME_WAIT', 11, null],
    ]);
    expect([life?.fromNs, life?.toNs, life?.over]).toEqual([MS, 20 * MS, false]);
  });

  it('ends where TIME_WAIT is left', () => {
    const life = lifeOf([...WHOLE, anEvent('time-wait', { seq: 13, ns: String(15 * MS), phase: 'leave' })], null, 20 * MS);
    expect([life?.toNs, life?.over]).toEqual([15 * MS, true]);
  });

  it('marks what else happened to it, and not its states twice', () => {
    expect(lifeOf(WHOLE, null, 20 * MS)?.marks.map(({ ns, event }) => [ns / MS, event.kind])).toEqual([[2, 'retransmit']]);
  });

  it('reaches back to before the page by what the service says it dwelt, and tells where even that is not known', () => {
    const dwelt = lifeOf([transition(50, 'ESTABLISHED', 'CLOSE_WAIT', { dwellUs: 40_000 })], null, 60 * MS);
    expect(dwelt?.slices[0]).toEqual({ state: 'ESTABLISHED', fromNs: 10 * MS, toNs: 50 * MS, startSeen: true });
    const unknown = lifeOf([transition(50, 'ESTABLISHED', 'CLOSE_WAIT', { dwellUs: null })], null, 60 * MS);
    expect(unknown?.slices[0]).toMatchObject({ startSeen: false });
  });

  it('is at least the state it is in where no event of it was seen', () => {
    expect(lifeOf([], aConnection({ sinceNs: String(5 * MS) }), 20 * MS)?.slices).toEqual([
      { state: 'ESTABLISHED', fromNs: 5 * MS, toNs: null, startSeen: true },
    ]);
    expect(lifeOf([], null, 20 * MS)).toBeNull();
  });

  it('counts bytes from the first number that the kernel gave, across the end of the 32 bits', () => {
    const life = lifeOf(WHOLE, null, 20 * MS);
    expect(life?.progress.map(({ sent, acked, received }) => [sent, acked, received])).toEqual([
      [0, 0, 0],
      [1000, 900, 4000],
      [1001, 1001, 4000],
    ]);
    const wrapped = [
      transition(1, 'SYN_SENT', 'ESTABLISHED', { sndUna: 0xffffff00, sndNxt: 0xffffff00, rcvNxt: null }),
      transition(2, 'ESTABLISHED', 'FIN_WAIT1', { sndUna: 0xffffff00, sndNxt: 0x100, rcvNxt: null }),
    ];
    expect(lifeOf(wrapped, null, 3 * MS)?.progress.at(-1)).toMatchObject({ sent: 512, received: null });
  });
});

describe('a socket that one of our own probes opened', () => {
  const probed = attempt(PROBED, KERNEL);
  const calledNs = Number(probed.ns);
  const kernel = [
    transition(1, 'CLOSE', 'SYN_SENT', { ns: String(calledNs + 0.2 * MS) }),
    transition(2, 'SYN_SENT', 'ESTABLISHED', { ns: String(calledNs + MS), dwellUs: 800 }),
    transition(3, 'ESTABLISHED', 'CLOSE', { ns: String(calledNs + 5.3 * MS), dwellUs: 4300 }),
  ];

  it('has a life that begins when the application called, before the kernel knew of it, and ends when both are done', () => {
    const life = lifeOf(kernel, null, calledNs + 9 * MS, [probed]);
    expect([life?.fromNs, life?.toNs].map((ns) => ((ns ?? 0) - calledNs) / MS)).toEqual([0.1, 5.4]);
    expect(life?.slices[0]?.fromNs).toBe(calledNs + 0.2 * MS);
    expect(life?.stretches.length).toBe((life?.slices.length ?? 0) + 4);
  });

  it('gives no room of their own to the stretches of a connection that is kept open for ever', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ ...probed, attempt: index + 1 }));
    const life = lifeOf(kernel, null, calledNs + 9 * MS, many);
    expect(life?.stretches).toEqual(life?.slices);
    expect(life?.attempts.length).toBe(50);
  });
});

describe('a socket that was there before anybody looked', () => {
  it('is of no length that anybody knows, until something happens to it', () => {
    const row = aConnection({ sinceNs: null });
    const still = lifeOf([], row, 20 * MS);
    expect(still !== null && isLengthKnown(still)).toBe(false);
    const heard = lifeOf([anEvent('retransmit', { seq: 4, ns: String(9 * MS) })], row, 20 * MS);
    expect(heard !== null && isLengthKnown(heard)).toBe(true);
  });
});

describe('its time scale', () => {
  const life = lifeOf(WHOLE, null, 3_600_000 * MS);
  if (life === null) throw new Error('a life');

  it('gives a stay of a millisecond beside one of an hour room to be read, in order and within the width', () => {
    const { x } = stayScale(life, 800);
    const starts = life.slices.map(({ fromNs }) => x(fromNs));
    for (const [index, start] of starts.entries()) expect((starts[index + 1] ?? 800) - start).toBeGreaterThanOrEqual(26);
    expect([x(life.fromNs), Math.round(x(life.toNs))]).toEqual([0, 800]);
  });

  it('shows true lengths where they are asked for', () => {
    const { x } = trueScale(life, 800);
    expect(x((life.fromNs + life.toNs) / 2)).toBeCloseTo(400);
  });
});
