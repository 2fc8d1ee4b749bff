import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventWire } from '../../src/formats/event.ts';
import { type Actor, cable, LabNamespace } from '../lab/namespace.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// What one `synoptic tail --format ndjson` says of single connections that we make ourselves.

const lab = new LabNamespace();
const twin = new LabNamespace();
const far = new LabNamespace();
let tail: Synoptic;
let client: Actor;
let server: Actor;

beforeAll(async () => {
  cable(twin, far, ['10.97.0.1', '10.97.0.2']);
  tail = await Synoptic.tail();
  client = await lab.actor();
  server = await lab.actor();
});

afterAll(async () => {
  await tail?.[Symbol.asyncDispose]();
  for (const each of [lab, twin, far]) await each[Symbol.asyncDispose]();
});

type State = Of<'state'>;

/** The transitions of one connection, both ends, once the last of `count` has come. */
async function transitions(fits: (event: State) => boolean, count: number): Promise<State[]> {
  return until(`${count} transitions`, () => {
    const found = tail.all('state', fits);
    return found.length >= count ? found : null;
  });
}

const moves = (events: readonly State[]) => events.map(({ from, to }) => `${from}→${to}`);

const ACTIVE = ['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'ESTABLISHED→FIN_WAIT1', 'FIN_WAIT1→FIN_WAIT2', 'FIN_WAIT2→CLOSE'];
const PASSIVE = ['LISTEN→SYN_RECV', 'SYN_RECV→ESTABLISHED', 'ESTABLISHED→CLOSE_WAIT', 'CLOSE_WAIT→LAST_ACK', 'LAST_ACK→CLOSE'];

/** One connection between two actors, closed by the client first; its events by end, and its local port. */
async function connection(host: string, seen = host) {
  const port = await server.number('listen', { host });
  const index = await client.number('connect', { host: seen, port });
  const lport = await client.number('localPort', { index });
  await client.does('end', { index });
  const accepted = (await server.number('acceptedCount')) - 1;
  await server.does('peerEnded', { index: accepted });
  await server.does('acceptedEnd', { index: accepted });
  const all = await transitions(
    ({ netns, lport: l, rport: r }) => netns === lab.netns && ((r === port && (l === lport || l === 0)) || (l === port && r === lport)),
    10,
  );
  return { port, lport, all, active: all.filter(({ rport }) => rport === port), passive: all.filter(({ lport: l }) => l === port) };
}

describe('a whole connection over loopback', () => {
  it('is exactly its ten transitions, in order at each end, and nothing of its request socket', async () => {
    const { active, passive, all } = await connection('127.0.0.1');
    expect(moves(active)).toEqual(ACTIVE);
    expect(moves(passive)).toEqual(PASSIVE);
    expect(all).toHaveLength(10);
    expect(new Set(active.map(({ sock }) => sock)).size).toBe(1);
    expect(new Set(passive.map(({ sock }) => sock)).size).toBe(1);
    expect(all.every(({ anomaly }) => anomaly === null)).toBe(true);
  });

  it('belongs to who connected and to who listened, whatever ran in softirq', async () => {
    const { active, passive } = await connection('127.0.0.1');
    for (const event of active)
      expect(event).toMatchObject({ pid: client.pid, comm: expect.stringMatching(/node|MainThread/), origin: 'active' });
    // A listener's child has no owner before it is accepted; whoever closes it is one.
    const owned = passive.filter(({ pid }) => pid !== null);
    expect(owned.at(-1)).toMatchObject({ pid: server.pid, to: 'CLOSE' });
    for (const event of owned) expect(event.pid).toBe(server.pid);
    for (const event of passive) expect(event.origin).toBe('passive');
  });

  it('has port 0 at SYN_SENT alone, its four-tuple mirrored at the ends, and time in each state that adds up', async () => {
    const { port, lport, active, passive } = await connection('127.0.0.1');
    expect(active.map((event) => event.lport)).toEqual([0, lport, lport, lport, lport]);
    for (const event of passive)
      expect(event).toMatchObject({ lport: port, rport: lport, laddr: '127.0.0.1', raddr: '127.0.0.1', family: 4 });
    for (const end of [active, passive]) {
      expect(end[0]?.dwellUs).toBeNull();
      const spanUs = Number(BigInt(end.at(-1)?.ns ?? 0) - BigInt(end[0]?.ns ?? 0)) / 1000;
      const dwelled = end.slice(1).map(({ dwellUs }) => dwellUs ?? Number.NaN);
      expect(dwelled.reduce((sum, us) => sum + us, 0)).toBeCloseTo(spanUs, 0);
      for (const us of dwelled) expect(us).toBeGreaterThan(0);
    }
  });

  it('is followed by an inferred TIME_WAIT of the active closer, and of nobody else', async () => {
    const { lport, port, active } = await connection('127.0.0.1');
    const entered = await tail.event('time-wait', (event) => event.netns === lab.netns && event.lport === lport);
    expect(entered).toMatchObject({ phase: 'enter', inferred: true, rport: port, sock: active[0]?.sock, pid: client.pid });
    expect(tail.all('time-wait', (event) => event.netns === lab.netns && event.lport === port)).toEqual([]);
  });

  it('is IPv6 where it is IPv6', async () => {
    const { active, passive } = await connection('::1');
    expect(moves(active)).toEqual(ACTIVE);
    expect(moves(passive)).toEqual(PASSIVE);
    for (const event of [...active, ...passive]) expect(event).toMatchObject({ family: 6, laddr: '::1', raddr: '::1' });
  });

  it.each(['fd00::ffff:102:304', 'fd00:0:1:0:0:ffff:102:304', '0:0:1:0:0:ffff:102:304'])(
    'is IPv6 where its peer chose an address that looks mapped in the middle: %s',
    async (host) => {
      lab.run('ip', '-6', 'addr', 'add', `${host}/128`, 'dev', 'lo', 'nodad');
      const { active, passive } = await connection(host);
      expect(moves(active)).toEqual(ACTIVE);
      for (const event of [...active, ...passive])
        expect(event).toMatchObject({ family: 6, laddr: active[1]?.laddr, raddr: active[1]?.raddr });
      expect(active[1]?.raddr).toMatch(/ffff:102:304$/);
    },
  );

  it('is shown as IPv4 where an IPv6 socket speaks to an IPv4 one', async () => {
    const { active, passive } = await connection('::', '127.0.0.1');
    expect(moves(active)).toEqual(ACTIVE);
    expect(moves(passive)).toEqual(PASSIVE);
    for (const event of [...active, ...passive]) expect(event).toMatchObject({ family: 4, laddr: '127.0.0.1', raddr: '127.0.0.1' });
  });
});

describe('a listener', () => {
  it('is told when it begins and when it ends, with its owner', async () => {
    const short = await lab.actor();
    const port = await short.number('listen', { host: '127.0.0.1' });
    await short.stop();
    const life = await transitions(({ netns, lport, rport }) => netns === lab.netns && lport === port && rport === 0, 2);
    expect(moves(life)).toEqual(['CLOSE→LISTEN', 'LISTEN→CLOSE']);
    for (const event of life) expect(event.pid).toBe(short.pid);
  });
});

describe('the same four-tuple in two namespaces at once', () => {
  it('is two sockets at each end, each with a life of its own', async () => {
    const mine = { host: '127.0.0.1', port: 7001, localPort: 40_001 };
    const pairs = await Promise.all([lab, twin].map(async (each) => ({ each, from: await each.actor(), to: await each.actor() })));
    for (const { to } of pairs) await to.does('listen', mine);
    const open = await Promise.all(
      pairs.map(async ({ from, to, each }) => ({ each, from, to, index: await from.number('connect', mine) })),
    );
    // Both are established now; only one is closed.
    const [first, second] = open;
    if (first === undefined || second === undefined) throw new Error('two were made');
    await first.from.does('end', { index: first.index });
    await first.to.does('peerEnded', { index: 0 });
    await first.to.does('acceptedEnd', { index: 0 });
    const of = (netns: number) => (event: State) => event.netns === netns && event.rport === 7001;
    const closed = await transitions(of(first.each.netns), 5);
    const alive = await transitions(of(second.each.netns), 2);
    expect(moves(closed)).toEqual(ACTIVE);
    expect(moves(alive)).toEqual(ACTIVE.slice(0, 2));
    const ids = (events: readonly State[]) => [...new Set(events.map(({ sock }) => sock))];
    expect(ids(closed)).toHaveLength(1);
    expect(ids(alive)).toHaveLength(1);
    expect(ids(closed)).not.toEqual(ids(alive));
  });
});

describe('a process that calls itself', () => {
  it.each([
    ['a forged record', '\ns 1 ffff 7 2 1'],
    ['a line break and a heartbeat', 'x\nH 1\ny'],
    ['commas and a counter', '@state[1, 2]: 9'],
    ['escape codes', '\x1b[31m\x07red'],
    ['a lost record', 'Lost 99 events'],
    ['letters of two bytes', 'äöüäöüä'],
  ])('%s is shown by its whole name, and forges nothing', async (_story, name) => {
    const before = tail.all('gap', ({ cause }) => cause === 'undecodable' || cause === 'buffer-full').length;
    const actor = await lab.actor();
    await actor.does('rename', { bytes: Buffer.from(name).toString('base64') });
    const port = await server.number('serve', { host: '127.0.0.1' });
    const [lport] = (await actor.does('burst', { host: '127.0.0.1', port, count: 1 })) as number[];
    const life = await transitions(
      (event) => event.netns === lab.netns && event.rport === port && (event.lport === lport || event.lport === 0),
      5,
    );
    expect(moves(life)).toEqual(ACTIVE);
    for (const event of life) expect(event).toMatchObject({ pid: actor.pid, comm: name });
    expect(tail.all('gap', ({ cause }) => cause === 'undecodable' || cause === 'buffer-full')).toHaveLength(before);
  });
});

describe('what other hooks see', () => {
  let here: Actor;

  beforeAll(async () => {
    here = await twin.actor();
  });

  it('a refused connection is a drop for want of a socket, a reset each way and an error, with names', async () => {
    expect(await here.does('refused', { host: '10.97.0.2', port: 9 })).toBe('ECONNREFUSED');
    const drop = await tail.event('drop', ({ netns, lport }) => netns === far.netns && lport === 9);
    expect(drop).toMatchObject({ reason: 'NO_SOCKET', direction: 'received', laddr: '10.97.0.2', raddr: '10.97.0.1', sock: null });
    const sent = await tail.event('reset', ({ netns, lport }) => netns === far.netns && lport === 9);
    expect(sent).toMatchObject({ direction: 'sent', reason: 'NO_SOCKET', sock: null });
    const received = await tail.event('reset', ({ netns, rport }) => netns === twin.netns && rport === 9);
    expect(received).toMatchObject({ direction: 'received', state: 'SYN_SENT', pid: here.pid, lport: drop.rport });
    expect(await tail.event('socket-error', ({ rport }) => rport === 9)).toMatchObject({ errno: 'ECONNREFUSED', lport: drop.rport });
  });

  it('an abort is a reset of the socket that made it, by port and owner, and leaves no TIME_WAIT', async () => {
    const peer = await far.actor();
    const port = await peer.number('serve', { host: '10.97.0.2' });
    const index = await here.number('connect', { host: '10.97.0.2', port });
    const lport = await here.number('localPort', { index });
    await here.does('reset', { index });
    expect(await tail.event('reset', (event) => event.netns === twin.netns && event.rport === port)).toMatchObject({
      direction: 'sent',
      lport,
    });
    const life = await transitions((event) => event.netns === twin.netns && event.rport === port, 3);
    expect(moves(life)).toEqual(['CLOSE→SYN_SENT', 'SYN_SENT→ESTABLISHED', 'ESTABLISHED→CLOSE']);
    await tail.event('state', (event) => event.netns === far.netns && event.lport === port && event.to === 'CLOSE');
    // Known by both ports: another connection of these namespaces may have one of them.
    const isEnd = (event: Of<'time-wait'>) =>
      event.lport + event.rport === lport + port && (event.lport === lport || event.rport === lport);
    expect(tail.all('time-wait', isEnd)).toEqual([]);
  });

  it('a SYN that gets no answer is sent again by the timer, and told with its owner', async () => {
    far.run('nft', 'add table ip lab; add chain ip lab in { type filter hook input priority 0; }; add rule ip lab in tcp dport 10 drop');
    await here.does('connect', { host: '10.97.0.2', port: 10, wait: false });
    const again = await tail.event('retransmit', (event) => event.netns === twin.netns && event.rport === 10);
    expect(again).toMatchObject({ what: 'syn', timer: 'rto', backoff: 1, state: 'SYN_SENT', error: null, pid: here.pid });
    expect(again.lport).toBeGreaterThan(0);
    await tail.event('drop', (event) => event.netns === far.netns && event.lport === 10 && event.reason === 'NETFILTER_DROP');
  });

  it('an address that moves to other hardware is told with both link-layer addresses', async () => {
    const link = (each: LabNamespace) => /link\/ether (\S+)/.exec(each.ip('link', 'show', 'eth0'))?.[1];
    const before = link(far);
    far.ip('link', 'set', 'eth0', 'address', '02:00:00:00:0a:02');
    const moved = await until('the move', async () => {
      twin.ip('neigh', 'flush', 'all');
      await here.does('refused', { host: '10.97.0.2', port: 9 });
      return tail.all('neighbour', ({ address }) => address === '10.97.0.2')[0];
    });
    expect(moved).toMatchObject({ device: 'eth0', oldLink: before, newLink: '02:00:00:00:0a:02' });
  });
});

describe('all of it', () => {
  it('was valid by its own schema, numbered upwards, and lost nothing', async () => {
    const { events } = tail;
    for (const event of events) EventWire.parse(event);
    const gaps = tail.all('gap');
    expect(gaps).toEqual([]);
    const seqs = events.map(({ seq }) => seq);
    expect(seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0))).toBe(true);
  });
});
