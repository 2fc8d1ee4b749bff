import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SampledSocket } from '../../../src/core/model/input.ts';
import type { StateRecord } from '../../../src/core/model/record.ts';
import { isPossible, keyOf, TCP_STATES, type TcpState } from '../../../src/core/model/tcp-state.ts';
import { SocketTable } from '../../../src/core/track/sockets.ts';
import { decode, transition } from '../lines.ts';
import { linesAbout } from '../recorded.ts';

const sample = (fields: Partial<SampledSocket> = {}): SampledSocket => ({
  laddr: '10.0.0.1',
  lport: 40000,
  raddr: '10.0.0.2',
  rport: 80,
  state: 'ESTABLISHED',
  pid: 5,
  comm: 'old',
  remainingMs: null,
  ...fields,
});
const connect = (ns: number, fields: Partial<StateRecord> = {}) =>
  transition({ from: 'CLOSE', to: 'SYN_SENT', ns, lport: 0, pid: 9, comm: 'curl', ...fields });

function recount(table: SocketTable): void {
  const counts = new Map<TcpState, number>();
  for (const sock of table.values()) counts.set(sock.state, (counts.get(sock.state) ?? 0) + 1);
  for (const state of TCP_STATES) expect(table.count(state)).toBe(counts.get(state) ?? 0);
  expect([...table.values()]).toHaveLength(table.size);
}

describe('a connection', () => {
  it('that was recorded whole is two sockets and a listener, each with its own owner, dwell and no anomaly', () => {
    const table = new SocketTable(100);
    const records = decode(`${linesAbout(34931).join('\n')}\n`).records.filter((record) => record.type === 'state');
    const steps = records.map((record) => ({ record, step: table.transition(record, record.ns) }));
    expect(records).toHaveLength(12);
    expect(steps.every(({ step }) => step.anomaly === null)).toBe(true);
    expect(new Set(steps.map(({ step }) => step.sock?.id)).size).toBe(3);
    expect(steps.map(({ step }) => step.sock?.origin)).toEqual(expect.arrayContaining(['active', 'passive']));
    const established = steps.find(({ record }) => record.from === 'SYN_SENT');
    expect(established?.step.dwellUs).toBeCloseTo((4958149949362 - 4958149886828) / 1000);
    expect(established?.step.sock).toMatchObject({ lport: 55758, pid: 29430, comm: 'python3' });
    expect(table.size).toBe(0);
  });

  it('gets its port when the kernel has chosen one, and is then found by it', () => {
    const table = new SocketTable(10);
    const { sock } = table.transition(connect(1), 1);
    expect(sock).toMatchObject({ lport: 0, placed: false, pid: 9, comm: 'curl' });
    table.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 2 }), 2);
    expect(table.of(1, sample())).toBe(sock);
  });

  it('at a pointer that is reused at once is another socket', () => {
    const table = new SocketTable(10);
    const first = table.transition(connect(1), 1).sock;
    table.transition(transition({ from: 'SYN_SENT', to: 'CLOSE', ns: 2, lport: 0 }), 2);
    const second = table.transition(connect(3, { pid: 10, comm: 'wget' }), 3).sock;
    expect(second?.id).not.toBe(first?.id);
    expect(second).toMatchObject({ pid: 10, comm: 'wget', sinceNs: 3 });
  });

  it('at a reused pointer whose beginning was lost inherits nothing from the one before', () => {
    const table = new SocketTable(10);
    const first = table.transition(connect(1), 1).sock;
    table.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 2 }), 2);
    for (const fields of [{ lport: 50000 }, { raddr: '10.0.0.3' }, { rport: 81 }, { netns: 2 }]) {
      const record = transition({ from: 'ESTABLISHED', to: 'CLOSE_WAIT', ns: 3, ...fields });
      expect(table.at(record)).toBeNull();
      const { sock, dwellUs } = table.transition(record, 3);
      expect(sock?.id).not.toBe(first?.id);
      expect(sock).toMatchObject({ pid: null, comm: null, origin: null });
      expect(dwellUs).toBeNull();
      table.transition(transition({ from: 'CLOSE_WAIT', to: 'CLOSE', ns: 4, ...fields }), 4);
      table.transition(connect(5), 5);
      table.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 6 }), 6);
    }
    recount(table);
  });

  it('that takes a four-tuple whose owner ended unseen leaves one socket, not two', () => {
    const table = new SocketTable(10);
    table.reconcile(1, [sample()], 1);
    table.transition(connect(2, { skaddr: 2, lport: 40000 }), 2);
    expect(table.size).toBe(1);
    expect(table.of(1, sample())?.origin).toBe('active');
    recount(table);
  });

  it('that is disconnected and connected again lives twice, the four-tuple reused or not', () => {
    const table = new SocketTable(10);
    const ids = [1, 11].map((ns) => {
      const { sock } = table.transition(connect(ns, { lport: 40000 }), ns);
      table.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: ns + 1 }), ns + 1);
      expect(table.transition(transition({ from: 'ESTABLISHED', to: 'CLOSE', ns: ns + 2 }), ns + 2).dwellUs).toBe(0.001);
      return sock?.id;
    });
    expect(new Set(ids).size).toBe(2);
    expect(table.size).toBe(0);
  });

  it('with the same four-tuple in two namespaces is two sockets', () => {
    const table = new SocketTable(10);
    for (const netns of [1, 2]) table.transition(connect(netns, { netns, skaddr: netns, lport: 40000 }), netns);
    expect(table.size).toBe(2);
    expect(table.of(1, sample())?.netns).toBe(1);
    expect(table.of(2, sample())?.netns).toBe(2);
  });

  it('keeps its owner through softirq, where no pid comes', () => {
    const table = new SocketTable(10);
    table.transition(connect(1), 1);
    const { sock } = table.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 2 }), 2);
    expect(sock).toMatchObject({ pid: 9, comm: 'curl' });
  });

  it('killed by another process keeps its owner; one that had none known gets whoever closes it', () => {
    const table = new SocketTable(10);
    table.transition(connect(1), 1);
    const killed = { from: 'SYN_SENT', to: 'CLOSE', pid: 77, comm: 'ss' } as const;
    expect(table.transition(transition({ ...killed, ns: 2 }), 2).sock).toMatchObject({ pid: 9, comm: 'curl' });
    table.transition(connect(3, { pid: null, comm: null }), 3);
    expect(table.transition(transition({ ...killed, ns: 4 }), 4).sock).toMatchObject({ pid: 77, comm: 'ss' });
  });

  it('that takes no time in a state dwelt there 0 µs', () => {
    const table = new SocketTable(10);
    table.transition(connect(1), 1);
    expect(table.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 1 }), 1).dwellUs).toBe(0);
  });

  it('is remembered a moment after its end, for what the kernel says of it afterwards', () => {
    const table = new SocketTable(10);
    const { sock } = table.transition(connect(1, { lport: 40000 }), 1);
    const closing = transition({ from: 'SYN_SENT', to: 'CLOSE', ns: 2 });
    table.transition(closing, 2);
    expect(table.lateAt({ ...closing, lport: 0 }, 3)).toBe(sock);
    expect(table.lateAt({ ...closing, rport: 81 }, 3)).toBeNull();
    expect(table.lateOf(1, closing, 3)).toBe(sock);
    expect(table.lateOf(1, closing, 2e9)).toBeNull();
  });
});

describe('a listing', () => {
  it('adds what was there before us; a transition of it then finds it by four-tuple', () => {
    const table = new SocketTable(10);
    table.reconcile(1, [sample()], 1);
    const { sock, dwellUs, anomaly } = table.transition(transition({ from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: 5 }), 5);
    expect(sock).toMatchObject({ origin: 'seeded', pid: 5, comm: 'old', skaddr: 0xa00 });
    expect([dwellUs, anomaly, table.size]).toEqual([null, null, 1]);
  });

  it('corrects states and removes what is gone, of its own namespace only', () => {
    const table = new SocketTable(10);
    table.reconcile(1, [sample(), sample({ lport: 2 })], 1);
    table.reconcile(2, [sample()], 1);
    table.reconcile(1, [sample({ state: 'CLOSE_WAIT' })], 9);
    expect(table.of(1, sample())).toMatchObject({ state: 'CLOSE_WAIT', sinceNs: Number.NaN });
    expect(table.size).toBe(2);
    recount(table);
  });

  it('leaves alone what was heard of since it began, be it alive or closed', () => {
    const table = new SocketTable(10);
    table.reconcile(1, [sample({ lport: 7 }), sample({ lport: 8 })], 1);
    table.transition(transition({ from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: 15, lport: 7, skaddr: 7 }), 15);
    table.transition(transition({ from: 'ESTABLISHED', to: 'CLOSE', ns: 15, lport: 8, skaddr: 8 }), 15);
    table.transition(transition({ from: 'CLOSE', to: 'LISTEN', ns: 15, lport: 80, rport: 0, raddr: '0.0.0.0', skaddr: 9 }), 15);
    table.reconcile(1, [sample({ lport: 7 }), sample({ lport: 8 })], 10);
    expect(table.of(1, sample({ lport: 7 }))?.state).toBe('FIN_WAIT1');
    expect(table.of(1, sample({ lport: 8 }))).toBeNull();
    expect(table.count('LISTEN')).toBe(1);
    table.reconcile(1, [sample({ lport: 8 })], 20);
    expect(table.of(1, sample({ lport: 8 }))?.state).toBe('ESTABLISHED');
  });

  it('does not add what no hook would ever end: request sockets, and bound ones that are not connected', () => {
    const table = new SocketTable(10);
    table.reconcile(1, [sample({ state: 'SYN_RECV' }), sample({ state: 'CLOSE', lport: 2, rport: 0 })], 1);
    expect(table.size).toBe(0);
  });

  it('forgets namespaces that exist no more', () => {
    const table = new SocketTable(10);
    for (const netns of [1, 2]) table.reconcile(netns, [sample()], 1);
    table.keepNamespaces(new Set([2]));
    expect([...table.values()].map(({ netns }) => netns)).toEqual([2]);
    recount(table);
  });
});

describe('listeners that share an address', () => {
  const wildcard = { lport: 80, rport: 0, laddr: '0.0.0.0', raddr: '0.0.0.0' } as const;
  const listed = (times: number) => Array.from({ length: times }, () => sample({ ...wildcard, state: 'LISTEN' }));
  const opens = (skaddr: number, ns: number) => transition({ from: 'CLOSE', to: 'LISTEN', ns, skaddr, ...wildcard });
  const closes = (skaddr: number, ns: number) => transition({ from: 'LISTEN', to: 'CLOSE', ns, skaddr, ...wildcard });

  it('are found as long as one of them lives, and a listing adds none beside it', () => {
    const table = new SocketTable(10);
    for (const skaddr of [1, 2]) table.transition(opens(skaddr, skaddr), skaddr);
    table.transition(closes(2, 3), 3);
    expect(table.of(1, wildcard)?.skaddr).toBe(1);
    table.reconcile(1, listed(1), 10);
    expect(table.size).toBe(1);
    table.transition(closes(1, 20), 20);
    expect([table.of(1, wildcard), table.size]).toEqual([null, 0]);
    recount(table);
  });

  it('are one row where a listing showed them first; its end is found though a later one is in the index', () => {
    const table = new SocketTable(10);
    table.reconcile(1, listed(2), 1);
    expect(table.size).toBe(1);
    table.transition(opens(7, 5), 5);
    expect(table.size).toBe(2);
    expect(table.transition(closes(3, 6), 6).sock?.origin).toBe('seeded');
    expect([...table.values()].map(({ skaddr }) => skaddr)).toEqual([7]);
    expect(table.of(1, wildcard)?.skaddr).toBe(7);
    recount(table);
  });
});

describe('a transition', () => {
  const POSSIBLE: Partial<Record<TcpState, readonly TcpState[]>> = {
    CLOSE: ['SYN_SENT', 'LISTEN', 'CLOSE'],
    LISTEN: ['SYN_RECV', 'CLOSE'],
    SYN_SENT: ['ESTABLISHED', 'SYN_RECV', 'CLOSE'],
    SYN_RECV: ['ESTABLISHED', 'FIN_WAIT1', 'CLOSE_WAIT', 'CLOSE'],
    ESTABLISHED: ['FIN_WAIT1', 'CLOSE_WAIT', 'CLOSE'],
    FIN_WAIT1: ['FIN_WAIT2', 'CLOSING', 'CLOSE', 'FIN_WAIT1'],
    FIN_WAIT2: ['CLOSE', 'FIN_WAIT2'],
    CLOSING: ['CLOSE', 'CLOSING'],
    CLOSE_WAIT: ['LAST_ACK', 'CLOSE'],
    LAST_ACK: ['CLOSE', 'LAST_ACK'],
  };

  it('is flagged as impossible exactly where Linux’s TCP never makes it, of all 144', () => {
    for (const from of TCP_STATES) {
      for (const to of TCP_STATES) {
        const possible = POSSIBLE[from]?.includes(to) ?? false;
        expect(isPossible(keyOf(from, to)), `${from}→${to}`).toBe(possible);
        const { anomaly } = new SocketTable(10).transition(transition({ from, to, ns: 1 }), 1);
        expect(anomaly, `${from}→${to}`).toBe(possible ? null : 'impossible');
      }
    }
  });

  it('from another state than the one seen is a discontinuity, and has no dwell', () => {
    const table = new SocketTable(10);
    table.transition(connect(1), 1);
    expect(table.transition(transition({ from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: 2 }), 2)).toMatchObject({
      anomaly: 'discontinuity',
      dwellUs: null,
    });
  });
});

it('never holds more than its cap, counts each eviction, and its counts equal a recount, whatever comes', () => {
  const state = fc.constantFrom(...TCP_STATES);
  const seen = fc.record({
    from: state,
    to: state,
    skaddr: fc.integer({ min: 1, max: 8 }),
    lport: fc.nat(4),
    netns: fc.constantFrom(null, 1, 2),
  });
  const listed = fc.array(fc.record({ lport: fc.integer({ min: 1, max: 4 }), state }).map(sample), { maxLength: 6 });
  const step = fc.oneof({ weight: 5, arbitrary: seen }, { weight: 1, arbitrary: listed });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (cap, steps) => {
      const table = new SocketTable(cap);
      for (const [ns, what] of steps.entries()) {
        if (Array.isArray(what)) table.reconcile(1, what, ns - 1);
        else table.transition(transition({ ...what, ns }), ns);
        expect(table.size).toBeLessThanOrEqual(cap);
        recount(table);
      }
    }),
  );
  const table = new SocketTable(3);
  for (let skaddr = 1; skaddr <= 10; skaddr++) table.transition(connect(skaddr, { skaddr }), skaddr);
  expect([table.size, table.evicted]).toEqual([3, 7]);
  expect([...table.values()].map(({ skaddr }) => skaddr)).toEqual([8, 9, 10]);
});
