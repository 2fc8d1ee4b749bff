import { describe, expect, it } from 'vitest';

import type { Input } from '../../../src/core/model/input.ts';
import { exhaustion } from '../../../src/core/track/pool-rates.ts';
import { at, counters, Story, step, sysctls, told } from './stories.ts';

const RANGE = { 'ipv4.ip_local_port_range': '40000 40999', 'ipv4.tcp_tw_reuse': '2', 'ipv4.tcp_timestamps': '1' };
const PORTS = 1000;

/** One connection that this host opens and closes first, at `seconds`: three transitions and then TIME_WAIT. */
function closes(seconds: number, lport: number, raddr = '10.0.0.2'): Input {
  const [skaddr, ns] = [0x1000 + lport, at(seconds)];
  const ends = { skaddr, lport, raddr, netns: undefined };
  const { netns: _, ...four } = ends;
  return told([
    step({ from: 'CLOSE', to: 'SYN_SENT', ns, ...four, lport: 0, pid: 9, comm: 'poller' }),
    step({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: ns + 10, ...four }),
    step({ from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: ns + 20, ...four }),
    step({ from: 'FIN_WAIT1', to: 'FIN_WAIT2', ns: ns + 30, ...four }),
    step({ from: 'FIN_WAIT2', to: 'CLOSE', ns: ns + 40, ...four, finReceived: true }),
  ]);
}

/** So many a second from second 1 on, each from another port. */
const storm = (perSecond: number, raddr?: string) => {
  let next = 0;
  return (ns: number): Input[] => {
    const seconds = (ns - at(0)) / 1e9;
    if (seconds < 1) return [];
    return Array.from({ length: perSecond / 4 }, (_, index) => closes(seconds + index * 1e-4, 40000 + (next++ % PORTS), raddr));
  };
};

describe('ports that TIME_WAIT uses up', () => {
  it('are foretold with the time that is left, then warned of, then critical', () => {
    const story = new Story().take(sysctls(0, RANGE)).until(15, storm(60));
    const found = story.findings('time-wait-buildup');
    expect(found[0]).toMatchObject({
      phase: 'open',
      severity: 'warning',
      subject: { type: 'port-pool', raddr: '10.0.0.2', comm: 'poller' },
    });
    expect(found[0]?.summary).toMatch(
      /of 1,000 local ports from 10\.0\.0\.1 to 10\.0\.0\.2:80 are in TIME_WAIT, because poller\[9\] .* in \d+ s\.$/,
    );
    expect(found.some(({ severity }) => severity === 'critical')).toBe(false);
    const worse = new Story().take(sysctls(0, RANGE)).until(16, storm(80)).findings('time-wait-buildup');
    expect(worse.at(-1)).toMatchObject({ phase: 'update', severity: 'critical' });
    expect(worse.at(-1)?.evidence[0]?.figures).toMatchObject({ ports: PORTS });
    expect(new Set(worse.map(({ id }) => id)).size).toBe(1);
  });

  it('are confirmed gone at the first connect() that gets no port', () => {
    const story = new Story().take(sysctls(0, RANGE)).until(1);
    const refused = (ns: number) => [
      step({ from: 'CLOSE', to: 'SYN_SENT', ns, lport: 0, skaddr: 0x77, pid: 9, comm: 'poller' }),
      step({ from: 'SYN_SENT', to: 'CLOSE', ns: ns + 20_000, lport: 0, skaddr: 0x77, pid: 9, comm: 'poller' }),
    ];
    story.take(told(refused(at(1.1)))).until(1.25);
    const [open] = story.findings();
    expect(open).toMatchObject({ phase: 'open', severity: 'critical', confidence: 'confirmed', subject: { raddr: '10.0.0.2', rport: 80 } });
    const closed = story.events.find((event) => event.kind === 'state' && event.from === 'SYN_SENT' && event.to === 'CLOSE');
    expect(open?.evidence[0]).toMatchObject({ seqs: [closed?.seq], figures: { refused: 1 } });
    expect(open?.summary).toContain('only 0 are in TIME_WAIT');
    story.until(30);
    expect(story.findings().map(({ phase }) => phase)).toEqual(['open', 'resolved']);
  });

  it('buckets that overflowed before a new namespace was looked at for the first time count: its counters began at zero', () => {
    const first = (fresh: boolean) => counters(1, {}, { timeWait: 20, timeWaitOverflow: 40, ...(fresh ? { fresh: true } : {}) });
    const [found] = new Story().until(1).take(first(true)).until(2).findings();
    expect(found?.summary).toContain('40 connections were forgotten');
    expect(new Story().until(1).take(first(false)).until(2).findings()).toEqual([]);
  });

  it('overflowing buckets are the kernel’s own word, and what is well below says nothing', () => {
    const max = { ...RANGE, 'ipv4.tcp_max_tw_buckets': '100' };
    const each = (overflow: (s: number) => number) => (ns: number) => {
      const s = (ns - at(0)) / 1e9;
      return [counters(s, {}, { timeWait: 20, timeWaitOverflow: overflow(s) })];
    };
    const story = new Story().take(sysctls(0, max)).until(
      4,
      each((s) => (s < 2 ? 7 : 97)),
    );
    expect(story.findings()).toMatchObject([{ severity: 'warning', confidence: 'confirmed', subject: { type: 'namespace' } }]);
    expect(story.findings()[0]?.summary).toContain('90 connections were forgotten');
    expect(
      new Story()
        .take(sysctls(0, max))
        .until(
          4,
          each(() => 7),
        )
        .findings(),
    ).toEqual([]);
  });
});

describe('what looks like it', () => {
  it('a refused connect() has a port', () => {
    const story = new Story().take(sysctls(0, RANGE)).until(1);
    const ends = { lport: 40001, skaddr: 0x77 };
    story.take(
      told([
        step({ from: 'CLOSE', to: 'SYN_SENT', ns: at(1.1), ...ends, lport: 0 }),
        step({ from: 'SYN_SENT', to: 'CLOSE', ns: at(1.1) + 20_000, ...ends, err: 111 }),
      ]),
    );
    expect(story.until(3).findings()).toEqual([]);
  });

  it('a rate that the pool bears for ever says nothing', () => {
    expect(new Story().take(sysctls(0, RANGE)).until(30, storm(8)).findings()).toEqual([]);
  });

  it('ports that tcp_tw_reuse gives back are worth a word and no more', () => {
    const story = new Story().take(sysctls(0, { ...RANGE, 'ipv4.tcp_tw_reuse': '1' })).until(16, storm(60));
    expect(new Set(story.findings().map(({ severity }) => severity))).toEqual(new Set(['info']));
  });

  it('a pool that fills less than a minute’s worth is never exhausted', () => {
    const rates = { entered: 10, left: 0, reused: 0 };
    expect(exhaustion(500, 1000, rates)).toBeNull();
    expect(exhaustion(500, 500, rates)).toBe(0);
    expect(exhaustion(100, 500, rates)).toBe(40);
  });
});
