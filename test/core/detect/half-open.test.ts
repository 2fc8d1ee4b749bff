import { describe, expect, it } from 'vitest';
import type { ResetEvent, SocketErrorEvent } from '../../../src/core/model/event.ts';
import { attemptAt, laneOf, probeEventOf } from '../attempts.ts';
import { transition } from '../lines.ts';
import { NETNS } from '../recorded.ts';
import { backingOff, dropped, FLOW, flow, look, Observer, resent, state, waits } from './observer.ts';

const timedOut = (at: number, ends = FLOW): SocketErrorEvent => ({
  ...{
    kind: 'socket-error',
    seq: 0,
    ns: at * 1e9,
    wallUs: 0,
    sock: null,
    netns: null,
    family: 4,
    ...ends,
    pid: null,
    comm: null,
    probe: null,
    owner: null,
    netnsName: null,
  },
  errno: 'ETIMEDOUT',
});

describe('a peer that vanished while data was under way', () => {
  it('is suspected once a look shows that the third retransmission was not answered either, and is sure after the fourth', () => {
    const [one, two, three, four] = backingOff(1, 4);
    if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error('four');
    const observer = new Observer('half-open').tell(one, two, three);
    expect(observer.told).toEqual([]);
    observer.look(look(3, [waits(FLOW)]));
    expect(observer.told).toEqual(['open 3 warning suspected']);
    expect(observer.found[0]).toMatchObject({
      subject: { type: 'peer', raddr: '10.0.0.2', rport: 80, pid: 7, comm: 'app', socketsTotal: 1 },
    });
    expect(observer.found[0]?.evidence[0]?.figures).toMatchObject({ unanswered: 3, sndUna: 1064 });
    expect(observer.found[0]?.evidence[0]?.seqs).toHaveLength(3);
    observer.tell(four).look(look(5.1, [waits(FLOW, { timer: { kind: 'on', ms: 2000, backoff: 4 } })]));
    expect(observer.told.at(-1)).toBe('update 5.1 critical consistent');
  });

  it('is found without any look by the fourth retransmission, as the third was not answered until then', () => {
    const observer = new Observer('half-open').tell(...backingOff(1, 4));
    expect(observer.told).toEqual(['open 4.2 warning suspected']);
    observer.tell(resent(7.6, 5));
    expect(observer.told.at(-1)).toBe('update 7.6 critical consistent');
  });

  it('is one finding for all connections to it', () => {
    const many = Array.from({ length: 20 }, (_, at) => backingOff(1 + at / 1000, 5, flow(at))).flat();
    const observer = new Observer('half-open').tell(...many.sort((a, b) => a.ns - b.ns));
    expect(observer.told.filter((words) => words.startsWith('open'))).toHaveLength(1);
    expect(observer.found.at(-1)?.subject.socketsTotal).toBe(20);
  });

  it('is confirmed by the kernel that gives the connection up, and over after half a minute', () => {
    const observer = new Observer('half-open').tell(...backingOff(1, 4), state(5, 'ESTABLISHED', 'CLOSE'), timedOut(5.001));
    observer.until(6.5);
    expect(observer.told.at(-1)).toMatch(/update .* warning confirmed/);
    expect(observer.until(60).told.at(-1)).toMatch(/resolved .* warning confirmed/);
  });

  it('is over once snd_una advances', () => {
    const observer = new Observer('half-open').tell(...backingOff(1, 4), resent(6, 1, FLOW, { seqStart: 1128 })).until(10);
    expect(observer.told.at(-1)).toMatch(/^resolved/);
    expect(observer.found.at(-1)?.summary).toBe('10.0.0.2 is heard again.');
  });

  it('is over once the timer that should expire does not', () => {
    const observer = new Observer('half-open').tell(...backingOff(1, 4)).until(20);
    expect(observer.told.at(-1)).toMatch(/^resolved/);
  });

  it('is found by looking alone where nothing ever leaves the host: an own link that is down', () => {
    const stuck = (backoff: number) =>
      waits(FLOW, { timer: { kind: 'persist', ms: 500, backoff } }, { unacked: 0, notSent: 64, lastRcvMs: 5000, lastAckMs: 5000 });
    const observer = new Observer('half-open')
      .look(look(2, [stuck(2)]))
      .look(look(3, [stuck(3)]))
      .look(look(4, [stuck(4)]));
    expect(observer.told[0]).toMatch(/^open 3 warning suspected/);
    expect(observer.found[0]?.summary).toContain('nothing that is sent leaves this host');
  });

  it('is suspected at the second timeout where the earlier copy never left', () => {
    const observer = new Observer('half-open').tell(...backingOff(1, 2, FLOW, { error: 'EBUSY' }));
    expect(observer.told).toEqual(['open 1.8 warning suspected']);
  });

  it('makes idle connections to it unknown, not healthy', () => {
    const observer = new Observer('half-open');
    for (let at = 10; at < 15; at++) {
      const ends = { ...flow(at), netns: NETNS, skaddr: 0x1000 + at };
      observer.sockets.transition(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: 1, ...ends }), 1);
      observer.sockets.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 2, ...ends }), 2);
    }
    observer
      .tell(...backingOff(1, 4))
      .until(5)
      .tell(resent(7.6, 5));
    const words = observer.found
      .at(-1)
      ?.evidence.map((one) => one.words)
      .join(' ');
    expect(words).toContain('4 more connections to it are idle and ESTABLISHED: unknown until probed');
  });
});

describe('keep-alive that goes unanswered', () => {
  it('is found by the second probe that a look shows to be out', () => {
    const probing = (backoff: number) => waits(FLOW, { sendQ: 0, timer: { kind: 'keepalive', ms: 900, backoff } });
    const observer = new Observer('half-open').look(look(2, [probing(1)])).look(look(3, [probing(2)]));
    expect(observer.told).toEqual(['open 3 warning suspected']);
    expect(observer.found[0]?.summary).toContain('keep-alive probes go unanswered');
  });

  it('is confirmed by the reset that the kernel gives the connection up with', () => {
    const reset: ResetEvent = {
      ...state(5, 'ESTABLISHED', 'CLOSE'),
      kind: 'reset',
      direction: 'sent',
      state: 'ESTABLISHED',
      reason: 'TCP_KEEPALIVE_TIMEOUT',
    };
    expect(new Observer('half-open').tell(reset).told).toEqual(['open 5 warning confirmed']);
  });
});

describe('idle connections', () => {
  it('are doubted, as worth knowing only, where our own probe of the same place is not answered', () => {
    const observer = new Observer('half-open');
    const ends = { ...FLOW, netns: NETNS };
    observer.sockets.transition(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: 1, ...ends }), 1);
    observer.sockets.transition(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: 2, ...ends }), 2);
    const silent = { cause: 'silent', during: 'connect', code: null, words: '' } as const;
    const attempt = attemptAt({ called: 0, submitted: 1, done: 1000 }, { raddr: '10.0.0.2', rport: 80, failure: silent });
    const miss = (at: number, misses: number) =>
      probeEventOf(attempt, laneOf(), { ns: at * 1e9, netns: NETNS, standing: { health: 'weak', suspect: true, misses } });
    observer.tell(miss(2, 1)).until(4);
    expect(observer.told).toEqual([]);
    observer.tell(miss(4, 2)).until(6);
    expect(observer.told).toEqual(['open 4.3 info suspected']);
    expect(observer.found[0]?.summary).toContain('unknown until probed');
  });
});

describe('what looks like it', () => {
  it('is an outage that heals with the third retransmission', () => {
    expect(
      new Observer('half-open')
        .tell(...backingOff(1, 3))
        .look(look(3, []))
        .until(20).told,
    ).toEqual([]);
  });

  it('is loss: the same connection times out again and again, and each time something is acknowledged', () => {
    const losses = Array.from({ length: 30 }, (_, at) => resent(1 + at, 1 + (at % 2), FLOW, { seqStart: 2000 + Math.floor(at / 2) * 64 }));
    expect(new Observer('half-open').tell(...losses).until(60).told).toEqual([]);
  });

  it('is a peer that is heard on another connection', () => {
    const observer = new Observer('half-open').tell(...backingOff(1, 3), state(2.7, 'SYN_SENT', 'ESTABLISHED', flow(9)), resent(4.2, 4));
    expect(observer.until(10).told).toEqual([]);
  });

  it('is a peer that talks and does not acknowledge: its segments are refused, or only counted', () => {
    const refused = new Observer('half-open').tell(...backingOff(1, 3), dropped(3.9, 'TCP_OLD_SEQUENCE'), resent(4.2, 4)).until(10);
    expect(refused.told).toEqual([]);
    const counted = new Observer('half-open')
      .tell(...backingOff(1, 3))
      .look(look(3.5, [waits(FLOW, {}, { lastRcvMs: 100, lastAckMs: 100 })]));
    expect(counted.tell(resent(4.2, 4)).until(10).told).toEqual([]);
  });

  it('is an address that has just gone to another machine', () => {
    const neighbour = {
      kind: 'neighbour',
      seq: 0,
      ns: 1e9,
      wallUs: 0,
      address: '10.0.0.2',
      device: 'eth0',
      oldLink: 'a',
      newLink: 'b',
    } as const;
    expect(new Observer('half-open').tell(neighbour, ...backingOff(1.1, 6)).until(60).told).toEqual([]);
  });

  it('is a zero window whose probes are answered', () => {
    const full = (backoff: number) => waits(FLOW, { timer: { kind: 'persist', ms: 800, backoff } }, { lastRcvMs: 100, lastAckMs: 100 });
    const observer = new Observer('half-open');
    for (let at = 1; at < 20; at++) observer.look(look(at, [full(0)]));
    expect(observer.told).toEqual([]);
  });

  it('is a FIN that is not acknowledged, and a SYN: others tell those', () => {
    const fins = backingOff(1, 6, FLOW, { what: 'fin', state: 'LAST_ACK' });
    const syns = backingOff(1, 6, flow(1), { what: 'syn', state: 'SYN_SENT' });
    expect(new Observer('half-open').tell(...[...fins, ...syns].sort((a, b) => a.ns - b.ns)).told).toEqual([]);
  });
});

describe('many at once', () => {
  it('4,000 connections behind one dead peer are one finding, with their number and the first of them', () => {
    const observer = new Observer('half-open');
    for (let backoff = 1; backoff <= 5; backoff++) {
      const at = 1 + 0.2 * 2 ** backoff;
      for (let n = 0; n < 4000; n++) observer.tell(resent(at + n * 1e-5, backoff, { ...FLOW, lport: 1000 + n }));
      observer.until(at + 0.5);
    }
    expect(observer.found.filter(({ phase }) => phase === 'open')).toHaveLength(1);
    const last = observer.found.at(-1);
    expect(last).toMatchObject({ severity: 'critical', subject: { type: 'peer', raddr: '10.0.0.2', socketsTotal: 4000 } });
    expect(last?.subject.sockets).toHaveLength(16);
    expect(last?.summary).toContain('4,000 connections to 10.0.0.2');
    expect(observer.told.length).toBeLessThan(8);
  });

  it('a thousand dead peers are as many findings as may be open, and one more with their number', () => {
    const observer = new Observer('half-open');
    for (let backoff = 1; backoff <= 5; backoff++) {
      const at = 1 + 0.2 * 2 ** backoff;
      for (let n = 0; n < 1000; n++) observer.tell(resent(at + n * 1e-5, backoff, { ...FLOW, raddr: `10.1.${n >> 8}.${n & 255}` }));
      observer.until(at + 0.5);
    }
    const opened = observer.found.filter(({ phase }) => phase === 'open');
    expect(opened).toHaveLength(17);
    expect(observer.found.findLast(({ subject: { type } }) => type === 'sockets')?.summary).toMatch(/^984 more beside the 16/);
  });
});
