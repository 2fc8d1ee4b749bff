import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tcpStateOf } from '../../src/core/model/tcp-state.ts';
import { Bpftrace } from '../lab/bpftrace.ts';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { LabServer } from '../lab/servers.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// 200 connections of real programs, held against counts that are not ours: the clients' and servers' own, the kernel's statistics,
// and a bpftrace run by hand on the same traffic at the same time.

const COUNT = 200;
const HTTP = 18_080;
const REDIS = 16_379;

/** Everything the kernel's tracepoint says of these two ports, and nothing of ours in it. */
const BY_HAND = `tracepoint:sock:inet_sock_set_state
/args->protocol == 6 && (args->sport == ${HTTP} || args->dport == ${HTTP} || args->sport == ${REDIS} || args->dport == ${REDIS})/
{ printf("T %llu %d %d %u %u\\n", nsecs, args->oldstate, args->newstate, args->sport, args->dport); }
interval:ms:200 { printf("beat\\n"); }`;

const lab = new LabNamespace();
const servers: LabServer[] = [];
let witness: Actor;
let tail: Synoptic;
let hand: Bpftrace;

beforeAll(async () => {
  witness = await lab.actor();
  servers.push(await LabServer.nginx(lab, HTTP), await LabServer.redis(lab, REDIS));
  hand = new Bpftrace('-e', BY_HAND);
  tail = await Synoptic.tail();
  await until('bpftrace by hand', () => hand.stdout.includes('beat'));
});

afterAll(async () => {
  await tail?.[Symbol.asyncDispose]();
  await hand?.[Symbol.asyncDispose]();
  for (const server of servers) await server[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

type State = Of<'state'>;

const of = (port: number) => (event: State) =>
  event.netns === lab.netns && event.raddr !== '0.0.0.0' && (event.lport === port || event.rport === port);

/** Sockets in the order of their first event, each with its transitions in the order in which they were printed. */
function lives(events: readonly State[]): State[][] {
  const bySock = Map.groupBy(events, ({ sock }) => sock);
  return [...bySock.values()];
}

interface Counted {
  readonly events: State[];
  readonly activeOpens: number;
  readonly passiveOpens: number;
}

/** Runs real clients to their end; gives what was seen of them, and by how much the kernel's own statistics grew. */
async function counted(port: number, run: () => void): Promise<Counted> {
  const earlier = tail.all('state', of(port)).length;
  const opens = () => [witness.statistic('snmp Tcp ActiveOpens'), witness.statistic('snmp Tcp PassiveOpens')] as const;
  const before = opens();
  run();
  const after = opens();
  const events = await until(`${COUNT * 10} transitions`, () => {
    const found = tail.all('state', of(port)).slice(earlier);
    return found.length + tail.told >= COUNT * 10 ? found : null;
  });
  return { events, activeOpens: after[0] - before[0], passiveOpens: after[1] - before[1] };
}

function expectWhole({ events, activeOpens, passiveOpens }: Counted, port: number): void {
  expect(activeOpens).toBe(COUNT);
  expect(passiveOpens).toBe(COUNT);
  // The kernel may skip our program in a softirq that meets another one on its CPU; then it must be told, and seen as a break.
  expect(events.length).toBeLessThanOrEqual(COUNT * 10);
  expect(events.length + tail.told).toBeGreaterThanOrEqual(COUNT * 10);
  const whole = events.length === COUNT * 10;
  const all = lives(events);
  if (whole) expect(all).toHaveLength(COUNT * 2);
  for (const life of all) {
    // In order: each begins where the one before ended, and later. None twice.
    for (const [index, event] of life.entries()) {
      const before = life[index - 1];
      if (before !== undefined) expect(BigInt(event.ns)).toBeGreaterThan(BigInt(before.ns));
      const expected = before?.to ?? (event.rport === port ? 'CLOSE' : 'LISTEN');
      if (whole || event.anomaly === null) expect(event.from).toBe(expected);
      if (whole) expect(event.anomaly).toBeNull();
    }
    expect(new Set(life.map(({ to }) => to)).size).toBe(life.length);
    if (whole) expect(life.map(({ to }) => to).at(-1)).toBe('CLOSE');
  }
}

describe('200 connections', () => {
  it('of curl to nginx are told whole, in order and once, by the ports that curl itself says', async () => {
    let ports: number[] = [];
    const seen = await counted(HTTP, () => {
      const out = lab.run('curl', '-s', '-H', 'Connection: close', '-w', '\\n%{local_port}\\n', `http://127.0.0.1:${HTTP}/[1-${COUNT}]`);
      ports = out
        .split('\n')
        .map(Number)
        .filter((port) => port > 0);
    });
    expectWhole(seen, HTTP);
    expect(ports).toHaveLength(COUNT);
    const told = lives(seen.events).flatMap((life) => (life.at(-1)?.rport === HTTP ? [life.at(-1)?.lport] : []));
    expect(told.toSorted()).toEqual(ports.toSorted());
    const owners = (mine: boolean) =>
      new Set(seen.events.filter(({ rport, comm }) => (rport === HTTP) === mine && comm !== null).map(({ comm }) => comm));
    expect(owners(true)).toEqual(new Set(['curl']));
    expect(owners(false)).toEqual(new Set(['nginx']));
  });

  it('of redis-cli to redis are told whole, in order and once, as many as redis itself counts', async () => {
    const received = () => Number(/total_connections_received:(\d+)/.exec(lab.run('redis-cli', '-p', String(REDIS), 'INFO', 'stats'))?.[1]);
    let answers = '';
    const first = received();
    // That question was a connection, too: both its ends must have been told before those that follow.
    await until('the end of the question', () => tail.all('state', (event) => of(REDIS)(event) && event.to === 'CLOSE').length === 2);
    const seen = await counted(REDIS, () => {
      answers = lab.run('sh', '-c', `i=0; while [ $i -lt ${COUNT} ]; do redis-cli -p ${REDIS} PING; i=$((i + 1)); done`);
    });
    expectWhole(seen, REDIS);
    expect(answers.match(/PONG/g)).toHaveLength(COUNT);
    expect(received() - first - 1).toBe(COUNT);
  });
});

describe('a bpftrace run by hand at the same time', () => {
  it('saw the same transitions, no more and no fewer, and at each end in the same order', async () => {
    const mine = () => tail.all('state', (event) => of(HTTP)(event) || of(REDIS)(event));
    // Every end that began has ended: nothing more can come.
    await until('the last transition', () => mine().length + tail.told >= COUNT * 20 + 20);
    const theirs = await until('as many by hand', () => {
      const found = readByHand();
      return found.length >= mine().length ? found : null;
    });
    const ours = mine().map(({ from, to, lport, rport }) => ({ move: `${from}→${to}`, end: `${lport} ${rport}` }));
    expect(endsOf(ours)).toEqual(endsOf(theirs));
  });
});

interface Move {
  readonly move: string;
  readonly end: string;
}

/** The transitions that bpftrace printed by hand, by the kernel's time, listeners left out. */
function readByHand(): Move[] {
  return [...hand.stdout.matchAll(/^T (\d+) (\d+) (\d+) (\d+) ([1-9]\d*)$/gm)]
    .map(([, ns = '', from = '', to = '', lport = '', rport = '']) => ({
      ns: Number(ns),
      move: `${tcpStateOf(Number(from))}→${tcpStateOf(Number(to))}`,
      end: `${lport} ${rport}`,
    }))
    .sort((a, b) => a.ns - b.ns);
}

/** By local and remote port: what happened there, in order. At SYN_SENT all share the local port 0. */
const endsOf = (moves: readonly Move[]) =>
  new Map([...Map.groupBy(moves, ({ end }) => end)].map(([end, all]) => [end, all.map(({ move }) => move)]));
