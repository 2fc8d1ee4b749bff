import { describe, expect, it } from 'vitest';
import { NETNS } from '../recorded.ts';
import { connected, expires, isReset, moves, otherEnd, PEER, refuses, stalls, storyOf } from './sequence-stories.ts';
import { at, Story, step, told } from './stories.ts';

const found = (story: Story) => story.findings('sequence-anomaly');
const SYN = 2;

describe('connections whose sequence numbers the other end refuses', () => {
  const twice = (flow: number, seconds: number) => [0, 0.2].map((later) => refuses(seconds + later, flow, 'TCP_ACK_UNSENT_DATA'));

  it('are suspected where it is one, with its socket as the subject and no severity above info', () => {
    const [open, ...more] = found(storyOf(1, twice(1, 1), 3));
    expect(more).toEqual([]);
    expect(open).toMatchObject({
      ...{ phase: 'open', severity: 'info', confidence: 'suspected' },
      subject: { type: 'sockets', laddr: '10.0.0.1', lport: 40_001, raddr: PEER, rport: 80, socketsTotal: 1 },
    });
    expect(open?.evidence[0]).toMatchObject({ figures: { connections: 1, TCP_ACK_UNSENT_DATA: 2 } });
    expect(open?.against.map(({ words }) => words)).toContain(
      'Only one connection shows it: others to the same peer may be well, or idle.',
    );
  });

  it('are consistent with a migration where two are to one peer, and confirmed once its link-layer address is another', () => {
    const story = storyOf(2, [...twice(1, 1), ...twice(2, 1.1), moves(3)], 5);
    expect(found(story).map(({ phase, severity, confidence }) => `${phase} ${severity} ${confidence}`)).toEqual([
      'open warning consistent',
      'update critical confirmed',
    ]);
    expect(found(story)[0]).toMatchObject({ subject: { type: 'peer', raddr: PEER, socketsTotal: 2 } });
    expect(found(story)[0]?.summary).toContain('Consistent with an ENI migration');
    const seqs = found(story)[1]?.evidence.flatMap((one) => one.seqs) ?? [];
    const kinds = story.events.filter(({ seq }) => seqs.includes(seq)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['drop', 'neighbour']));
  });

  it('are nothing where such refusals are three seconds apart', () => {
    const apart = [1, 4, 7].map((seconds) => refuses(seconds, 1, 'TCP_TOO_OLD_ACK'));
    expect(found(storyOf(1, apart, 10))).toEqual([]);
  });

  it('are resolved once, after ten seconds without another sign', () => {
    const phases = found(storyOf(2, [...twice(1, 1), ...twice(2, 1.1)], 20)).map(({ phase, confidence }) => `${phase} ${confidence}`);
    expect(phases).toEqual(['open consistent', 'resolved consistent']);
  });
});

describe('refusals that a network makes too', () => {
  const paws = (from: number, times: number) => Array.from({ length: times }, (_, nth) => refuses(from + nth * 0.4, 1, 'TCP_RFC7323_PAWS'));

  it('say nothing, however many, while data goes on being acknowledged', () => {
    expect(found(storyOf(1, paws(1, 40), 20))).toEqual([]);
  });

  it('say nothing of keep-alive probes that come each second', () => {
    const probes = Array.from({ length: 20 }, (_, nth) => refuses(1 + nth, 1, 'TCP_OLD_SEQUENCE'));
    expect(found(storyOf(1, probes, 25))).toEqual([]);
  });

  it('are a sign where they go on for a second while the same data is sent again and again', () => {
    const [open] = found(storyOf(1, [...paws(1, 6), ...stalls(1, 1, 4)], 4.5));
    expect(open).toMatchObject({ phase: 'open', confidence: 'suspected' });
    expect(open?.evidence[0]?.figures).toMatchObject({ TCP_RFC7323_PAWS: 6 });
  });

  it('say nothing where the timer expired once and data then went on', () => {
    const broken = [expires(1.1, 1, 1), expires(1.9, 1, 1), expires(2.7, 1, 1)];
    expect(found(storyOf(1, [...paws(1, 8), ...broken], 8))).toEqual([]);
  });
});

describe('refusals beside a stall', () => {
  const paws = Array.from({ length: 12 }, (_, nth) => refuses(1 + nth * 0.4, 1, 'TCP_RFC7323_PAWS'));

  it('say nothing beside a timer that expired once', () => {
    expect(found(storyOf(1, [...paws, expires(1.1, 1, 1)], 8))).toEqual([]);
  });

  it('say nothing where each stall is over within a second, however many there are', () => {
    const dense = Array.from({ length: 40 }, (_, nth) => refuses(1.01 + nth * 0.1, 1, 'TCP_RFC7323_PAWS'));
    const begins = [1, 1.7, 2.4, 3.1, 3.8];
    const short = begins.flatMap((seconds) => [0.1, 0.2, 0.4].map((later, nth) => expires(seconds + later, 1, nth + 1)));
    expect(found(storyOf(1, [...dense, ...short], 8))).toEqual([]);
  });
});

describe('connections that fall silent together', () => {
  const silent = (flows: number, most: number) => Array.from({ length: flows }, (_, flow) => stalls(1, flow + 1, most)).flat();

  it('are nothing where they are two, whatever their timers', () => {
    expect(found(storyOf(2, silent(2, 5), 12))).toEqual([]);
  });

  it('are nothing where an outage is over before the fourth expiry', () => {
    expect(found(storyOf(5, silent(5, 3), 12))).toEqual([]);
  });

  it('are suspected where they are three past their fourth expiry, and what speaks against it is said', () => {
    const [open] = found(storyOf(3, silent(3, 4), 5));
    expect(open).toMatchObject({ phase: 'open', severity: 'info', confidence: 'suspected', subject: { type: 'peer', socketsTotal: 3 } });
    expect(open?.against.map(({ words }) => words).join(' ')).toMatch(/vanished.*looks the same/);
  });

  it('are told of at the third expiry where the peer has another link-layer address, and firmer at the fourth', () => {
    const story = storyOf(2, [moves(0.9), ...silent(2, 4)], 5);
    expect(found(story).map(({ severity, confidence }) => `${severity} ${confidence}`)).toEqual(['info suspected', 'warning consistent']);
    expect((found(story)[0]?.ns ?? 0) - at(1 + 0.2 * 7)).toBeLessThan(500e6);
  });

  it('are nothing where the address changed two minutes before', () => {
    const late = Array.from({ length: 2 }, (_, flow) => stalls(121, flow + 1, 4)).flat();
    expect(found(storyOf(2, [moves(0.9), ...late], 126))).toEqual([]);
  });

  it('are nothing where their segments never left this host', () => {
    const stuck = Array.from({ length: 4 }, (_, flow) => stalls(1, flow + 1, 5, { err: -16 })).flat();
    expect(found(storyOf(4, [moves(0.9), ...stuck], 12))).toEqual([]);
  });

  it('are over at the next listing in which they wait for nothing', () => {
    const story = storyOf(2, [moves(0.9), ...silent(2, 3)], 3);
    expect(found(story)).toHaveLength(1);
    const listing = { type: 'queues', fromNs: at(3.1), atNs: at(3.2), listeners: null, waiting: [], leftOut: 0 } as const;
    story.take({ ...listing, netns: NETNS }).until(6);
    expect(found(story).map(({ phase }) => phase)).toEqual(['open', 'resolved']);
  });

  it('are told as one where they are of many peers in one network, and as their own link’s or next hop’s where of many networks', () => {
    const each = (addresses: readonly string[]) => {
      const story = new Story();
      story.take(told(addresses.flatMap((raddr, flow) => connected(0.1, flow + 1, raddr))));
      const records = addresses.flatMap((raddr, flow) => stalls(1, flow + 1, 4, { raddr }));
      story.take(told(records.sort((a, b) => a.ns - b.ns))).until(5);
      return found(story);
    };
    const network = each(['10.9.9.1', '10.9.9.2', '10.9.9.3']);
    expect(network).toMatchObject([{ confidence: 'suspected', subject: { type: 'network', network: '10.9.9.0/24', socketsTotal: 3 } }]);
    const unrelated = each(['10.9.1.1', '10.9.2.1', '10.9.3.1', '10.9.4.1']);
    expect(unrelated).toMatchObject([{ severity: 'info', subject: { type: 'network', laddr: '10.0.0.1', socketsTotal: 4 } }]);
    expect(unrelated[0]?.against.map(({ words }) => words).join(' ')).toContain('Unrelated networks at once');
  });
});

describe('connections that are reset', () => {
  const resets = (seconds: number, flows: number) => Array.from({ length: flows }, (_, flow) => isReset(seconds, flow + 1));

  it('are nothing in themselves: a restart, or a server that ends them properly', () => {
    expect(found(storyOf(6, resets(1, 6), 5))).toEqual([]);
  });

  it('are nothing where the address changes only afterwards: they were reset properly and then it moved', () => {
    expect(found(storyOf(6, [...resets(1, 6), moves(1.1)], 5))).toEqual([]);
  });

  it('are confirmed where the link-layer address changed before and they are older than that', () => {
    expect(found(storyOf(4, [moves(1), ...resets(1.2, 4)], 3))).toMatchObject([
      { phase: 'open', severity: 'critical', confidence: 'confirmed', subject: { type: 'peer', raddr: PEER, socketsTotal: 4 } },
    ]);
  });

  it('are nothing where they are younger than the change: what comes to the new place may be ended there', () => {
    const story = new Story().take(told([moves(0.5)])).until(1);
    story.take(told([...connected(1.1, 1), ...connected(1.1, 2)])).until(2);
    story.take(told([isReset(2.1, 1), isReset(2.1, 2)])).until(4);
    expect(found(story)).toEqual([]);
  });

  it('are nothing where the other end is seen here and had a socket for them', () => {
    const sent = [1, 2].map((flow) =>
      isReset(1.2, flow, { direction: 'sent', state: 'ESTABLISHED', skaddr: 0xd000 + flow, ...otherEnd(flow) }),
    );
    const story = new Story().take(told([1, 2].flatMap((flow) => connected(0.1, flow))));
    const ends = [1, 2].map((flow) => ({ skaddr: 0xd000 + flow, ...otherEnd(flow) }));
    story.take(told(ends.flatMap((end) => connected(0.2, 1).map((record) => ({ ...record, ...end, lport: 80 })))));
    story
      .until(0.9)
      .take(told([moves(1), ...sent, ...resets(1.21, 2)]))
      .until(3);
    expect(found(story)).toEqual([]);
  });

  it('are nothing where more data met no socket behind a reset that was sent for one', () => {
    const ends = [1, 2].map((flow) => ({ skaddr: 0xd000 + flow, ...otherEnd(flow) }));
    const story = new Story().take(told([1, 2].flatMap((flow) => connected(0.1, flow))));
    story.take(told(ends.flatMap((end) => connected(0.2, 1).map((record) => ({ ...record, ...end, lport: 80 }))))).until(0.9);
    const sent = ends.map((end, nth) => isReset(1, nth + 1, { direction: 'sent', ...end }));
    const closed = ends.map((end) => step({ from: 'ESTABLISHED', to: 'CLOSE', ns: at(1) - 9, ...end }));
    const late = [1, 2].map((flow) => refuses(2.2, flow, 'NO_SOCKET', { ...otherEnd(flow), skaddr: 0, state: null, segFlags: 24 }));
    story.take(told([...closed, ...sent])).until(2);
    story.take(told([...late, ...resets(2.201, 2)])).until(4);
    expect(found(story)).toEqual([]);
  });

  it('are zombies of a pool where the other end is seen here and had no socket for them', () => {
    const unknown = (flow: number) => refuses(1.2, flow, 'TCP_FLAGS', { ...otherEnd(flow), skaddr: 0, state: 'LISTEN', segFlags: 24 });
    const [open] = found(storyOf(2, [unknown(1), unknown(2), ...resets(1.201, 2)], 3));
    expect(open).toMatchObject({ severity: 'warning', confidence: 'consistent', subject: { raddr: PEER, socketsTotal: 2 } });
    expect(open?.summary).toContain('zombies');
    expect(open?.against.map(({ words }) => words)).toContain(
      'No changed link-layer address of the peer was seen; behind a router none can be.',
    );
  });
});

describe('data for connections that this host does not know', () => {
  const data = (seconds: number, flow: number) => refuses(seconds, flow, 'NO_SOCKET', { skaddr: 0, state: null, segFlags: 24 });

  it('is suspected where three of one peer send it, and is nothing where two do', () => {
    const story = new Story().until(0.5);
    story.take(told([data(1, 1), data(1.1, 2)])).until(2);
    expect(found(story)).toEqual([]);
    story.take(told([data(2.1, 3)])).until(3);
    expect(found(story)).toMatchObject([{ severity: 'info', confidence: 'suspected', subject: { type: 'peer', raddr: PEER } }]);
  });

  it('is nothing where they were here a moment ago: it was on its way when they ended', () => {
    const flows = [1, 2, 3, 4];
    const story = storyOf(4, [], 1);
    const ends = flows.flatMap((flow) => {
      const { skaddr, netns, laddr, lport, raddr, rport } = refuses(1.1, flow, 'NO_SOCKET');
      return [step({ from: 'ESTABLISHED', to: 'CLOSE', ns: at(1.1), skaddr, netns, laddr, lport, raddr, rport })];
    });
    story.take(told([...ends, ...flows.map((flow) => data(1.2, flow))])).until(4);
    expect(found(story)).toEqual([]);
  });

  it('is nothing where it is a scan: SYNs, or ACKs without data', () => {
    const scan = Array.from({ length: 20 }, (_, flow) =>
      refuses(1, flow, 'NO_SOCKET', { skaddr: 0, state: null, segFlags: flow % 2 ? SYN : 16 }),
    );
    expect(found(storyOf(1, scan, 4))).toEqual([]);
  });
});

describe('oddities of unrelated peers', () => {
  it('are worth a word and no more where nothing changed on the way', () => {
    const raddrs = ['10.9.1.1', '10.9.2.1', '10.9.3.1'];
    const story = new Story().take(told(raddrs.flatMap((raddr, flow) => connected(0.1, flow + 1, raddr)))).until(0.5);
    const refusals = [1, 1.1].flatMap((seconds) =>
      raddrs.map((raddr, flow) => refuses(seconds, flow + 1, 'TCP_INVALID_SEQUENCE', { raddr })),
    );
    story.take(told(refusals)).until(3);
    expect(found(story)).toMatchObject([{ severity: 'info', confidence: 'suspected', subject: { type: 'network', laddr: '10.0.0.1' } }]);
  });
});

describe('a SYN for a connection that is still there', () => {
  const met = (seconds: number, segFlags = SYN) => refuses(seconds, 1, 'TCP_INVALID_SYN', { segFlags });

  it('is a remnant of its four-tuple where the old one is then reset', () => {
    expect(found(storyOf(1, [met(1), isReset(1.001, 1)], 3))).toMatchObject([
      { severity: 'info', confidence: 'suspected', subject: { type: 'sockets' } },
    ]);
  });

  it('is a remnant where it comes long after the handshake', () => {
    expect(found(storyOf(1, [met(20)], 21))).toHaveLength(1);
  });

  it('is nothing where it is the handshake’s own, come twice, or a SYN-ACK come twice', () => {
    expect(found(storyOf(1, [met(1), met(30, 18)], 35))).toEqual([]);
  });
});
