import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SampledSocket } from '../../../src/core/model/input.ts';
import { isMini, leftBehind } from '../../../src/core/track/remnant.ts';
import type { Sock } from '../../../src/core/track/sock.ts';
import { TIME_WAIT_NS, TimeWaitLedger } from '../../../src/core/track/time-wait.ts';
import { transition } from '../lines.ts';

const SECOND = 1e9;
const sock = (lport: number, netns: number | null = 1): Sock => ({
  id: lport,
  skaddr: lport,
  netns,
  laddr: '10.0.0.1',
  lport,
  raddr: '10.0.0.2',
  rport: 80,
  state: 'CLOSE',
  sinceNs: 0,
  heardNs: 0,
  pid: 5,
  comm: 'curl',
  owner: null,
  origin: 'active',
  probe: null,
  retransmits: 0,
  placed: false,
  holding: false,
  older: null,
  newer: null,
});
const listed = (lport: number, state: 'TIME_WAIT' | 'FIN_WAIT2', remainingMs: number | null): SampledSocket => ({
  laddr: '10.0.0.1',
  lport,
  raddr: '10.0.0.2',
  rport: 80,
  state,
  pid: null,
  comm: null,
  remainingMs,
});
const ports = (remnants: Iterable<{ lport: number }>) => Array.from(remnants, ({ lport }) => lport);

describe('the end of a socket', () => {
  const end = (from: 'FIN_WAIT2' | 'CLOSING' | 'LAST_ACK' | 'FIN_WAIT1', err: number | null, finReceived: boolean | null) =>
    leftBehind(transition({ from, to: 'CLOSE', ns: 1, err, finReceived }));

  it('leaves TIME_WAIT where the peer’s FIN had come and there was no error', () => {
    expect(end('FIN_WAIT2', 0, true)).toBe('time-wait');
    expect(end('CLOSING', 0, true)).toBe('time-wait');
  });

  it('leaves an orphaned FIN_WAIT2 where the FIN had not', () => {
    expect(end('FIN_WAIT2', 0, false)).toBe('fin-wait2');
  });

  it('leaves nothing after a reset or a timeout, nor at the passive end', () => {
    expect([end('FIN_WAIT2', 104, true), end('FIN_WAIT2', 110, false), end('CLOSING', 104, true)]).toEqual([null, null, null]);
    expect([end('LAST_ACK', 0, true), end('FIN_WAIT1', 0, true)]).toEqual([null, null]);
    expect(leftBehind(transition({ from: 'FIN_WAIT2', to: 'FIN_WAIT2', ns: 1, finReceived: true }))).toBeNull();
  });

  it('is taken for TIME_WAIT where the script cannot tell', () => {
    expect(end('FIN_WAIT2', null, null)).toBe('time-wait');
  });
});

describe('the ledger', () => {
  it('lets an entry leave after 60 s and the timer’s rounding, without a witness', () => {
    const ledger = new TimeWaitLedger();
    ledger.enter(sock(1), 'time-wait', 0);
    expect(ledger.expire(65.1 * SECOND)).toEqual([]);
    expect(ports(ledger.expire(65.3 * SECOND))).toEqual([1]);
    expect(ledger.population(1, 66 * SECOND)).toEqual({ timeWait: 0, finWait2: 0, kernel: null });
  });

  it('lets as many leave early as the kernel has fewer, oldest first, and none before 60 s', () => {
    const ledger = new TimeWaitLedger();
    for (const port of [1, 2, 3]) ledger.enter(sock(port), 'time-wait', port);
    ledger.witnessed(1, 0, 59 * SECOND);
    expect(ledger.expire(59 * SECOND)).toEqual([]);
    ledger.witnessed(1, 1, 61 * SECOND);
    expect(ports(ledger.expire(61 * SECOND))).toEqual([1, 2]);
    expect(ledger.expire(62 * SECOND)).toEqual([]);
    expect(ledger.population(1, 62 * SECOND)).toEqual({ timeWait: 1, finWait2: 0, kernel: 1 });
  });

  it('does not trust a witness of more than 3 s ago', () => {
    const ledger = new TimeWaitLedger();
    ledger.enter(sock(1), 'time-wait', 0);
    ledger.witnessed(1, 0, 57 * SECOND);
    expect(ledger.expire(61 * SECOND)).toEqual([]);
  });

  it('begins the 60 s again at a segment, and makes of an orphaned FIN_WAIT2 a TIME_WAIT at its FIN', () => {
    const ledger = new TimeWaitLedger();
    const remnant = ledger.enter(sock(1), 'fin-wait2', 0);
    expect(ledger.restart(remnant, true, 30 * SECOND)).toBe(true);
    expect(ledger.population(1, 0)).toMatchObject({ timeWait: 1, finWait2: 0 });
    expect(ledger.expire(66 * SECOND)).toEqual([]);
    const now = ledger.get(1, remnant);
    expect(now !== null && ledger.restart(now, true, 40 * SECOND)).toBe(false);
    expect(ports(ledger.expire(106 * SECOND))).toEqual([1]);
  });

  it('takes from a listing what it did not know, with what is left of its time', () => {
    const ledger = new TimeWaitLedger();
    ledger.enter(sock(1), 'time-wait', 100 * SECOND);
    ledger.reconcile(1, [listed(1, 'TIME_WAIT', 59_000), listed(2, 'TIME_WAIT', 5_000), listed(3, 'FIN_WAIT2', 9_000)], 101 * SECOND);
    expect(ledger.population(1, 0)).toMatchObject({ timeWait: 2, finWait2: 1 });
    expect(ports(ledger.expire(112 * SECOND))).toEqual([2]);
    expect(ports(ledger.expire(116 * SECOND))).toEqual([3]);
  });

  it('takes what a listing has twice as it was listed last', () => {
    const ledger = new TimeWaitLedger();
    ledger.enter(sock(1), 'time-wait', 1);
    const twice = [listed(1, 'FIN_WAIT2', 1000), listed(2, 'FIN_WAIT2', 1000), listed(1, 'TIME_WAIT', 1000), listed(2, 'TIME_WAIT', 1000)];
    expect(ledger.reconcile(1, twice, 10)).toEqual([]);
    expect(ledger.population(1, 0)).toMatchObject({ timeWait: 2, finWait2: 0 });
    expect(ledger.get(1, sock(1))?.sinceNs).toBe(1);
  });

  it('lets go what a listing no longer has, unless it entered since', () => {
    const ledger = new TimeWaitLedger();
    ledger.enter(sock(1), 'time-wait', 1);
    ledger.enter(sock(2), 'time-wait', 20);
    ledger.enter(sock(1, 2), 'time-wait', 1);
    expect(ports(ledger.reconcile(1, [], 10))).toEqual([1]);
    expect(ledger.population(1, 0).timeWait + ledger.population(2, 0).timeWait).toBe(2);
  });

  it('learns from a listing that a FIN went unseen, or that TIME_WAIT was guessed wrongly', () => {
    const ledger = new TimeWaitLedger();
    ledger.enter(sock(1), 'fin-wait2', 1);
    ledger.enter(sock(2), 'time-wait', 1);
    const gone = ledger.reconcile(1, [listed(1, 'TIME_WAIT', 1000), listed(2, 'FIN_WAIT2', 1000)], 10);
    expect(gone).toMatchObject([{ lport: 2, phase: 'time-wait' }]);
    expect(ledger.population(1, 0)).toMatchObject({ timeWait: 1, finWait2: 1 });
    expect([...ledger.values()].map(({ sock: id, comm }) => [id, comm])).toEqual([
      [1, 'curl'],
      [2, 'curl'],
    ]);
  });

  it('forgets namespaces that exist no more, and keeps what it could not place', () => {
    const ledger = new TimeWaitLedger();
    for (const netns of [1, 2, null]) ledger.enter(sock(1, netns), 'time-wait', 1);
    ledger.keepNamespaces(new Set([2]));
    expect([...ledger.values()].map(({ netns }) => netns)).toEqual([2, null]);
    expect(ledger.namespaces()).toEqual([2, null]);
  });

  it('does not give a reading of more than 12 s ago for the kernel’s population, and then forgets a namespace with nothing left', () => {
    const ledger = new TimeWaitLedger();
    ledger.witnessed(1, 7, 0);
    ledger.witnessed(2, 8, 0);
    ledger.enter(sock(1, 2), 'time-wait', 0);
    ledger.expire(12 * SECOND);
    expect([ledger.population(1, 12 * SECOND).kernel, ledger.namespaces()]).toEqual([7, [1, 2]]);
    ledger.expire(12 * SECOND + 1);
    expect([ledger.population(2, 12 * SECOND + 1), ledger.namespaces()]).toEqual([{ timeWait: 1, finWait2: 0, kernel: null }, [2]]);
    ledger.expire(66 * SECOND);
    expect(ledger.namespaces()).toEqual([]);
  });

  it('keeps no more than its cap: the oldest goes, and is counted', () => {
    const ledger = new TimeWaitLedger(2);
    for (const port of [1, 2, 3]) ledger.enter(sock(port), 'time-wait', port);
    ledger.enter(sock(3), 'time-wait', 4);
    expect([ports(ledger.values()), ledger.evicted]).toEqual([[2, 3], 1]);
    expect(ledger.population(1, 4).timeWait).toBe(2);
    ledger.reconcile(1, [listed(2, 'TIME_WAIT', 1000), listed(3, 'TIME_WAIT', 1000), listed(4, 'TIME_WAIT', 1000)], 10);
    expect([ports(ledger.values()).length, ledger.evicted]).toEqual([2, 2]);
  });

  it('knows which RST ends a remnant: at rcv_nxt exactly in TIME_WAIT, not before it in FIN_WAIT2, any where that is unknown', () => {
    const ledger = new TimeWaitLedger();
    const TOP = 0xffffffff;
    const wait = ledger.enter(sock(1), 'time-wait', 0, 100);
    expect([99, 100, 101].map((seq) => ledger.ends(wait, seq))).toEqual([false, true, false]);
    const half = ledger.enter(sock(2), 'fin-wait2', 0, TOP);
    expect([TOP - 1, TOP, 0].map((seq) => ledger.ends(half, seq))).toEqual([false, true, true]);
    ledger.restart(half, true, 1, TOP);
    const now = ledger.get(1, half);
    expect(now !== null && [TOP, 0, 1].map((seq) => ledger.ends(now, seq))).toEqual([false, true, false]);
    expect(ledger.ends(ledger.enter(sock(3), 'time-wait', 0), 5)).toBe(true);
  });

  it('does not know what an orphan expects whose FIN another CPU took before its close was said', () => {
    const ledger = new TimeWaitLedger();
    const remnant = ledger.enter(sock(1), 'fin-wait2', 0, 100);
    ledger.leave(1, remnant);
    ledger.early(1, remnant, 1);
    expect(ledger.enter(sock(1), 'fin-wait2', 2, 100)).toMatchObject({ phase: 'time-wait', rcvNxt: null });
  });

  it('tells a full FIN_WAIT2 socket from a mini-socket by its timer', () => {
    expect([listed(1, 'FIN_WAIT2', null), listed(1, 'FIN_WAIT2', 1), listed(1, 'TIME_WAIT', null)].map(isMini)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('has a population that equals a recount, and lets none stay beyond its time, whatever comes', () => {
    const port = fc.integer({ min: 1, max: 5 });
    const phase = fc.constantFrom('time-wait' as const, 'fin-wait2' as const);
    const states = fc.constantFrom('TIME_WAIT' as const, 'FIN_WAIT2' as const);
    const step = fc.oneof(
      fc.record({ do: fc.constant('enter' as const), port, phase }),
      fc.record({ do: fc.constant('leave' as const), port }),
      fc.record({ do: fc.constant('segment' as const), port, fin: fc.boolean() }),
      fc.record({ do: fc.constant('witness' as const), kernel: fc.nat(6) }),
      fc.record({ do: fc.constant('list' as const), list: fc.array(fc.tuple(port, states, fc.nat(60_000)), { maxLength: 5 }) }),
      fc.record({ do: fc.constant('gone' as const) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(20)), { maxLength: 50 }), (steps) => {
        const ledger = new TimeWaitLedger();
        let ns = 1000 * SECOND;
        for (const [what, seconds] of steps) {
          ns += seconds * SECOND;
          const remnant = 'port' in what ? ledger.get(1, sock(what.port)) : null;
          if (what.do === 'enter') ledger.enter(sock(what.port), what.phase, ns);
          else if (what.do === 'leave' && remnant !== null) ledger.leave(1, remnant);
          else if (what.do === 'segment' && remnant !== null) ledger.restart(remnant, what.fin, ns);
          else if (what.do === 'witness') ledger.witnessed(1, what.kernel, ns);
          else if (what.do === 'list')
            ledger.reconcile(
              1,
              what.list.map(([at, state, left]) => listed(at, state, left)),
              ns,
            );
          else if (what.do === 'gone') ledger.keepNamespaces(new Set());
          ledger.expire(ns);
          const all = [...ledger.values()];
          expect(ledger.population(1, ns).timeWait).toBe(all.filter((entry) => entry.phase === 'time-wait').length);
          expect(ledger.population(1, ns).finWait2).toBe(all.filter((entry) => entry.phase === 'fin-wait2').length);
          expect(all.every((entry) => ns - entry.sinceNs < TIME_WAIT_NS + 5.2 * SECOND)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
