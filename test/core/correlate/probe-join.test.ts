import { describe, expect, it } from 'vitest';
import type { Event, ProbeEvent } from '../../../src/core/model/event.ts';
import type { Input, ProbeInput, StartInput } from '../../../src/core/model/input.ts';
import type { ProbeAttempt } from '../../../src/core/model/probe.ts';
import type { StateRecord } from '../../../src/core/model/record.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { attemptAt, countedAgain } from '../attempts.ts';
import { heartbeat, kernel, MS, ready, start, T0, tick, up } from '../inputs.ts';
import { print, transition } from '../lines.ts';
import { NETNS } from '../recorded.ts';

const PID = 4711;
const FAR = { raddr: '10.0.0.9', rport: 443 };
const OURS = { laddr: '10.0.0.7', lport: 40000, ...FAR };

/** A pipeline that observes, and what its inputs make of it. */
function observing(pid: number | null = PID) {
  const ours: StartInput = { ...start, pid };
  const pipeline = new Pipeline(ours, { maxSockets: 100 });
  const events: Event[] = [];
  const feed = (...inputs: Input[]): ProbeEvent[] => {
    const made = inputs.flatMap((input) => [...pipeline.accept(input)]);
    events.push(...made);
    return made.filter((event) => event.kind === 'probe');
  };
  feed(up(), ...ready(T0 + 10 * MS), tick(T0 + 99 * MS));
  return { feed, events };
}

/** The kernel's lines of one connection from SYN_SENT at `ms` on, closed by us 10 ms later, at pointer `skaddr`. */
function connection(ms: number, more: Partial<StateRecord> = {}, until: 'CLOSE' | 'ESTABLISHED' = 'CLOSE'): string[] {
  const of = (from: StateRecord['from'], to: StateRecord['to'], after: number, fields: Partial<StateRecord> = {}) =>
    print(
      transition({
        from,
        to,
        ns: T0 + (ms + after) * MS,
        netns: NETNS,
        skaddr: 0xabc,
        ...OURS,
        pid: PID,
        comm: 'synoptic',
        ...more,
        ...fields,
      }),
    );
  const opened = [of('CLOSE', 'SYN_SENT', 0, { lport: 0 }), of('SYN_SENT', 'ESTABLISHED', 1, { pid: null, comm: null })];
  if (until === 'ESTABLISHED') return opened;
  return [
    ...opened,
    of('ESTABLISHED', 'FIN_WAIT1', 10),
    of('FIN_WAIT1', 'FIN_WAIT2', 11),
    of('FIN_WAIT2', 'CLOSE', 11.1, { finReceived: true }),
  ];
}

/** An attempt whose system call was at `ms`, and that was closed 10 ms later. */
function attempt(ms: number, more: Partial<ProbeAttempt> = {}, input: Partial<ProbeInput> = {}): ProbeInput {
  const moments = {
    called: ms - 0.5,
    connectCalled: ms - 0.2,
    submitted: ms + 0.2,
    connected: ms + 1.5,
    done: ms + 9,
    closeCalled: ms + 9,
    closed: ms + 12,
  };
  const made = attemptAt(moments, { ...OURS, ...more });
  const placed = Object.fromEntries(Object.entries(made.moments).map(([name, ns]) => [name, ns === null ? null : ns - 1e9 + T0]));
  const moved = { ...made, moments: { ...made.moments, ...placed }, ...(more.moments !== undefined && { moments: more.moments }) };
  return { type: 'probe', atNs: T0 + (ms + 13) * MS, attempt: moved, standing: { health: 'healthy', suspect: false, misses: 0 }, ...input };
}

/** The kernel's line of data sent again on that socket. */
const again = (ms: number): string =>
  print({
    ...{ type: 'retransmit', stream: 'retransmit', key: 0, ns: T0 + ms * MS, skaddr: 0xabc, netns: NETNS, ...OURS, synack: false },
    ...{ state: 'ESTABLISHED', seqStart: 1, seqEnd: 2, flags: 24, retransmits: 0, caState: 0, err: 0 },
  });

describe('an attempt and its socket', () => {
  it('are joined by own pid, four-tuple and time, though the kernel’s records come later than the result', () => {
    const { feed } = observing();
    expect(feed(attempt(200))).toEqual([]);
    expect(feed(tick(T0 + 240 * MS))).toEqual([]);
    const [event] = feed(kernel(T0 + 290 * MS, ...connection(200)), tick(T0 + 600 * MS));
    expect(event).toMatchObject({ unseen: null, netns: NETNS, update: null, verdict: { alive: true, mismatch: null } });
    expect(event?.kernel).toMatchObject({
      synSentNs: T0 + 200 * MS,
      establishedNs: T0 + 201 * MS,
      finSentNs: T0 + 210 * MS,
      state: 'CLOSE',
    });
    expect(event?.kernel?.timeWaitNs).toBeCloseTo(T0 + 211.1 * MS, -3);
    expect(event?.kernel?.goneNs).toBe(null);
  });

  it('are looked for a few dozen times a second, however many inputs come: a thousand that wait do not stop the rest', () => {
    const { feed } = observing();
    let looks = 0;
    for (let at = 0; at < 1000; at++) {
      const { attempt: made, ...input } = attempt(200 + at / 100, { lport: 10_000 + at });
      const counted = Object.defineProperty({ ...made }, 'raddr', {
        get: () => {
          looks += 1;
          return made.raddr;
        },
      });
      feed({ ...input, attempt: counted });
    }
    for (let ms = 230; ms < 330; ms += 1) feed(kernel(T0 + ms * MS, ...connection(ms, { lport: 50_000, pid: 1 })));
    expect(looks).toBeGreaterThan(1000);
    expect(looks).toBeLessThan(20_000);
    expect(feed(tick(T0 + 1900 * MS))).toHaveLength(1000);
  });

  it('are not mixed up with an earlier and a later socket on the same port', () => {
    const { feed } = observing();
    const lines = [...connection(200), ...connection(300), ...connection(400)];
    const events = feed(kernel(T0 + 450 * MS, ...lines), attempt(300), attempt(400, { attempt: 2 }), tick(T0 + 900 * MS));
    expect(events.map(({ kernel: lane }) => lane?.synSentNs)).toEqual([T0 + 300 * MS, T0 + 400 * MS]);
    expect(new Set(events.map(({ sock }) => sock)).size).toBe(2);
  });

  it('are not joined with another process’s socket, or another namespace’s', () => {
    for (const more of [{ pid: 1, comm: 'curl' }, { netns: NETNS + 1 }]) {
      const { feed } = observing();
      const [event] = feed(kernel(T0 + 220 * MS, ...connection(200, more)), attempt(200), tick(T0 + 300 * MS), tick(T0 + 1500 * MS));
      expect(event).toMatchObject({ kernel: null, sock: null, unseen: 'the kernel told of no such socket' });
    }
  });

  it('are not joined where the SYN went out before the attempt asked, or after its system call', () => {
    for (const ms of [195, 205]) {
      const { feed } = observing();
      const [event] = feed(kernel(T0 + 220 * MS, ...connection(ms)), attempt(200), tick(T0 + 1500 * MS));
      expect(event?.kernel).toBe(null);
    }
  });

  it('are the same however the prober spells the addresses', () => {
    const { feed } = observing();
    const spelt = { laddr: '::ffff:a00:7', raddr: '::ffff:10.0.0.9' };
    expect(feed(kernel(T0 + 220 * MS, ...connection(200)), attempt(200, spelt), tick(T0 + 600 * MS))).toMatchObject([{ unseen: null }]);
  });

  it('are joined without a pid where probes are known to run, as the four-tuple and the time say', () => {
    const { feed } = observing(null);
    const dialled = { type: 'dialled', atNs: T0 + 200.2 * MS, target: 't', attempt: 1, ...OURS } as const;
    const [event] = feed(dialled, kernel(T0 + 220 * MS, ...connection(200)), attempt(200), tick(T0 + 600 * MS));
    expect(event?.unseen).toBe(null);
  });

  it('a probe’s name stands on its socket’s events once the port is known, and on nobody else’s', () => {
    const { feed, events } = observing();
    const dialled = { type: 'dialled', atNs: T0 + 200.2 * MS, target: 'tcp://shop:443', attempt: 1, ...OURS } as const;
    feed(
      dialled,
      kernel(T0 + 220 * MS, ...connection(200)),
      tick(T0 + 400 * MS),
      kernel(T0 + 420 * MS, ...connection(401)),
      tick(T0 + 900 * MS),
    );
    const names = events.flatMap((event) => (event.kind === 'state' && event.rport === 443 ? [event.probe] : []));
    expect(names).toEqual([null, 'tcp://shop:443', 'tcp://shop:443', 'tcp://shop:443', 'tcp://shop:443', null, null, null, null, null]);
  });
});

describe('a retransmission that the socket has counted', () => {
  const closed = () => kernel(T0 + 220 * MS, ...connection(200));

  it('is waited for, though the end of the socket has been told: up to bpftrace 0.17 it may come later', () => {
    const { feed } = observing();
    expect(feed(closed(), attempt(200, countedAgain(1)), tick(T0 + 260 * MS))).toEqual([]);
    const told = feed(kernel(T0 + 261 * MS, again(205)), tick(T0 + 300 * MS));
    expect(told).toMatchObject([{ kernel: { dataRetransmits: 1, resent: [{ ns: T0 + 205 * MS }] }, verdict: { mismatch: 'masked-loss' } }]);
  });

  it('is waited for no longer than a tenth of a second: the kernel may have skipped its record', () => {
    const { feed } = observing();
    expect(feed(closed(), attempt(200, countedAgain(1)), tick(T0 + 300 * MS))).toEqual([]);
    expect(feed(tick(T0 + 350 * MS))).toMatchObject([
      { kernel: { dataRetransmits: 0, resent: [] }, verdict: { alive: true, mismatch: 'masked-loss' } },
    ]);
  });

  it('and told at once is not waited for', () => {
    const { feed } = observing();
    const lines = [...connection(200).slice(0, 2), again(205), ...connection(200).slice(2)];
    expect(feed(kernel(T0 + 220 * MS, ...lines), attempt(200, countedAgain(1)), tick(T0 + 260 * MS))).toMatchObject([
      { kernel: { dataRetransmits: 1 }, verdict: { mismatch: 'masked-loss' } },
    ]);
  });
});

describe('a pooled connection', () => {
  it('lends each beat only what fell into it', () => {
    const { feed } = observing();
    const openedNs = T0 + 201.5 * MS;
    const pooled = { reused: false, openedNs, beat: 1, replaced: null };
    const open = attempt(200, { pooled });
    const first = { ...open, attempt: { ...open.attempt, moments: { ...open.attempt.moments, closeCalled: null, closed: null } } };
    const moments = {
      ...first.attempt.moments,
      called: T0 + 300 * MS,
      connectCalled: null,
      submitted: null,
      connected: null,
      done: T0 + 305 * MS,
    };
    const beat = attempt(300, { attempt: 2, pooled: { ...pooled, reused: true, beat: 2 }, moments });
    const told = feed(kernel(T0 + 220 * MS, ...connection(200, {}, 'ESTABLISHED')), first, tick(T0 + 260 * MS));
    const later = feed(kernel(T0 + 310 * MS, again(302)), beat, tick(T0 + 800 * MS));
    expect(told).toMatchObject([{ kernel: { establishedNs: T0 + 201 * MS, dataRetransmits: 0 } }]);
    expect(later).toMatchObject([
      { sock: told[0]?.sock, kernel: { synSentNs: null, establishedNs: null, dataRetransmits: 1, state: 'ESTABLISHED' } },
    ]);
    expect(later[0]?.verdict.mismatch).toBe('masked-loss');
  });
});

describe('where the kernel has nothing', () => {
  it('the attempt comes all the same, within a second, and says so', () => {
    const { feed } = observing();
    expect(feed(attempt(200), tick(T0 + 700 * MS), kernel(T0 + 710 * MS, heartbeat(T0 + 709 * MS)))).toEqual([]);
    expect(feed(tick(T0 + 1750 * MS))).toMatchObject([
      { kernel: null, unseen: 'the kernel told of no such socket', verdict: { alive: true } },
    ]);
  });

  it('blindness is told at once, with its reason', () => {
    const { feed } = observing();
    feed({ type: 'kernel-down', atNs: T0 + 150 * MS, reason: 'killed' });
    expect(feed(attempt(200), tick(T0 + 250 * MS))).toMatchObject([{ kernel: null, unseen: 'the kernel is not observed: killed' }]);
  });

  it('records that were lost meanwhile are the reason', () => {
    const { feed } = observing();
    feed(
      { type: 'kernel-down', atNs: T0 + 195 * MS, reason: 'killed' },
      up(T0 + 220 * MS),
      ...ready(T0 + 230 * MS, 6),
      tick(T0 + 280 * MS),
    );
    const [event] = feed(attempt(200, {}, { atNs: T0 + 300 * MS }), tick(T0 + 400 * MS), tick(T0 + 1500 * MS));
    expect(event?.unseen).toMatch(/^the kernel’s records were lost at that time \(blind: killed\)$/);
  });

  it('a name that does not resolve never had a socket', () => {
    const { feed } = observing();
    const failure = { cause: 'dns-failed', during: 'lookup', code: null, words: '' } as const;
    const base = attempt(200, { failure, laddr: null, lport: null, raddr: null });
    const none = Object.fromEntries(
      Object.entries(base.attempt.moments).map(([name, ns]) => [name, name === 'called' || name === 'done' ? ns : null]),
    );
    const asked = { ...base, attempt: { ...base.attempt, moments: { ...base.attempt.moments, ...none } } };
    expect(feed(asked, tick(T0 + 260 * MS))).toMatchObject([
      { unseen: 'no connection was asked for, so there is no socket', drift: { phases: [] } },
    ]);
  });

  it('what still waits is told when bpftrace ends: nothing is kept for ever', () => {
    const { feed } = observing();
    feed(attempt(200), tick(T0 + 300 * MS));
    expect(feed({ type: 'kernel-down', atNs: T0 + 310 * MS, reason: 'over' })).toHaveLength(1);
  });
});

describe('a socket that outlives its attempt', () => {
  it('is told after two seconds, once, and again when it is gone', () => {
    const { feed } = observing();
    const of = (from: StateRecord['from'], to: StateRecord['to'], ms: number) =>
      print(transition({ from, to, ns: T0 + ms * MS, netns: NETNS, skaddr: 0xabc, ...OURS, pid: PID, comm: 's' }));
    const open = connection(200, {}, 'ESTABLISHED');
    const told = feed(kernel(T0 + 220 * MS, ...open, of('ESTABLISHED', 'FIN_WAIT1', 210)), attempt(200), tick(T0 + 400 * MS));
    expect(told).toMatchObject([{ update: null, kernel: { finSentNs: T0 + 210 * MS, closedNs: null, state: 'FIN_WAIT1' } }]);
    expect(feed(tick(T0 + 2100 * MS))).toEqual([]);
    expect(feed(tick(T0 + 2300 * MS), tick(T0 + 2600 * MS))).toMatchObject([
      { update: 'lingering', sock: told[0]?.sock, verdict: { mismatch: 'lingering' } },
    ]);
    expect(feed(kernel(T0 + 3001 * MS, of('FIN_WAIT1', 'CLOSE', 3000)), tick(T0 + 3500 * MS))).toMatchObject([
      { update: 'gone', kernel: { closedNs: T0 + 3000 * MS } },
    ]);
  });

  it('is not accused where the record of its end may have been lost', () => {
    const { feed } = observing();
    const open = connection(200, {}, 'ESTABLISHED');
    const fin = print(
      transition({ from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: T0 + 210 * MS, netns: NETNS, skaddr: 0xabc, ...OURS, pid: PID, comm: 's' }),
    );
    expect(feed(kernel(T0 + 220 * MS, ...open, fin), attempt(200), tick(T0 + 400 * MS))).toHaveLength(1);
    feed({ type: 'kernel-down', atNs: T0 + 500 * MS, reason: 'killed' }, up(T0 + 600 * MS), ...ready(T0 + 700 * MS, 6));
    expect(feed(tick(T0 + 2300 * MS), tick(T0 + 9000 * MS))).toEqual([]);
  });
});
