import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FourTuple } from '../../src/core/model/four-tuple.ts';
import { LoneScript } from '../lab/bpftrace.ts';
import { type Actor, cable, LabNamespace } from '../lab/namespace.ts';
import { until } from '../lab/until.ts';

// Each script runs alone under bpftrace, as its header says, on traffic that makes it fire.

const CLIENT = '10.98.0.1';
const SERVER = '10.98.0.2';
const MOVED = '02:00:00:00:0b:02';

const here = new LabNamespace();
const there = new LabNamespace();
let client: Actor;
let server: Actor;
let port: number;

beforeAll(async () => {
  cable(here, there, [CLIENT, SERVER]);
  client = await here.actor();
  server = await there.actor();
  port = await server.number('serve', { host: SERVER });
});

afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const visit = () => client.does('burst', { host: SERVER, port, count: 1 });
/** A port where nobody listens. */
const refused = () => client.does('refused', { host: SERVER, port: 1 });

/** Known by its addresses too: what runs beside this may have taken the same port. */
const isOurs = ({ laddr, lport, raddr, rport }: FourTuple) =>
  (laddr === CLIENT && raddr === SERVER && rport === port) || (laddr === SERVER && raddr === CLIENT && lport === port);
const sentAgain = (script: LoneScript) => script.all('retransmit').filter(isOurs);
const states = (script: LoneScript) => script.all('state').filter(isOurs);

/** What the end that closes first goes through once it is connected. */
const CLIENT_MOVES = ['SYN_SENT ESTABLISHED', 'ESTABLISHED FIN_WAIT1', 'FIN_WAIT1 FIN_WAIT2', 'FIN_WAIT2 CLOSE'];

/** A connection seen from both ends, with the client's namespace, or null where the script cannot tell it. */
const wholeConnection = (netns: () => number | null) => async (script: LoneScript) => {
  const ofClient = () => states(script).filter(({ rport }) => rport === port);
  // The script may begin to see in the middle of one connection: then the next one is whole.
  await until('a whole connection', async () => {
    await visit();
    const moves = new Set(ofClient().map(({ from, to }) => `${from} ${to}`));
    const ended = states(script).some(({ from, to }) => from === 'LAST_ACK' && to === 'CLOSE');
    return ended && CLIENT_MOVES.every((move) => moves.has(move));
  });
  const mine = ofClient();
  for (const record of mine) expect(record).toMatchObject({ laddr: CLIENT, raddr: SERVER, netns: netns() });
  expect(mine.find(({ to }) => to === 'SYN_SENT' || to === 'FIN_WAIT1')?.pid).toBe(client.pid);
  await until('a counter of it', () => script.all('counter').some(({ stream, key }) => stream === 'state' && key === 9 * 16 + 7));
};

/** Data for a socket that waits for its peer's FIN with no process left: the kernel answers it with an RST. Prints that socket's port. */
const DATA_AFTER_CLOSE = `
import socket
listener = socket.create_server(('127.0.0.1', 0))
peer = socket.create_connection(listener.getsockname())
orphan, _ = listener.accept()
# Beyond TIME_WAIT's 60 s it stays a full socket.
orphan.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 100)
orphan.close()
peer.recv(1)
peer.send(b'x')
print(listener.getsockname()[1])
`;

/** What each script must be seen to do. */
const STORIES: Readonly<Record<string, (script: LoneScript) => Promise<void>>> = {
  heartbeat: async (script) => {
    const beats = await until('four beats', () => (script.all('heartbeat').length >= 4 ? script.all('heartbeat') : null));
    const spans = beats.slice(1).map(({ ns }, index) => (ns - (beats[index]?.ns ?? 0)) / 1e6);
    for (const span of spans) expect(span).toBeLessThan(500);
  },
  'sock-state': wholeConnection(() => here.netns),
  'sock-state-raw': wholeConnection(() => here.netns),
  'sock-state-lean': wholeConnection(() => null),
  'sock-state-kprobe': wholeConnection(() => here.netns),
  retransmit: async (script) => {
    await dropSynAcks(() => [true, false].every((which) => sentAgain(script).some(({ synack }) => synack === which)));
    const [syn] = sentAgain(script).filter(({ synack }) => !synack);
    expect(syn).toMatchObject({ laddr: CLIENT, raddr: SERVER, rport: port, netns: here.netns, state: 'SYN_SENT', flags: 2, err: 0 });
    const [synack] = sentAgain(script).filter((record) => record.synack);
    expect(synack).toMatchObject({ laddr: SERVER, lport: port, raddr: CLIENT, rport: syn?.lport, netns: there.netns });
  },
  'retransmit-kprobe': async (script) => {
    await dropSynAcks(() => sentAgain(script).length > 0);
    expect(sentAgain(script)[0]).toMatchObject({ laddr: CLIENT, raddr: SERVER, rport: port, netns: here.netns, state: 'SYN_SENT' });
  },
  'time-wait-kprobe': async (script) => {
    await client.does('burst', { host: SERVER, port, count: 1 });
    const born = await until('a mini-socket', () => script.all('time-wait').find((each) => each.what === 'born' && isOurs(each)));
    expect(born).toMatchObject({ laddr: CLIENT, raddr: SERVER, netns: here.netns });
  },
  reset: async (script) => {
    await until('a refusal from both ends', async () => {
      await refused();
      return script.all('reset').filter(({ lport, rport }) => lport === 1 || rport === 1).length >= 2;
    });
    expect(script.all('reset')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          direction: 'sent',
          answers: true,
          laddr: SERVER,
          lport: 1,
          raddr: CLIENT,
          netns: there.netns,
          skaddr: 0,
        }),
        expect.objectContaining({ direction: 'received', laddr: CLIENT, raddr: SERVER, rport: 1, netns: here.netns, state: 'SYN_SENT' }),
      ]),
    );
    const index = await client.number('connect', { host: SERVER, port });
    const lport = await client.number('localPort', { index });
    await client.does('reset', { index });
    const own = await until('our own reset', () => script.all('reset').find((record) => record.lport === lport));
    expect(own).toMatchObject({ direction: 'sent', answers: false, raddr: SERVER, rport: port, netns: here.netns });
    // To a socket the kernel hands a segment without its device: the namespace must come from the socket.
    const known = Number(there.run('python3', '-c', DATA_AFTER_CLOSE));
    const answer = await until('an answer', () => script.all('reset').find((record) => record.answers && record.lport === known));
    expect(answer.skaddr).not.toBe(0);
    expect(answer).toMatchObject({ direction: 'sent', netns: there.netns });
  },
  drop: async (script) => {
    const drop = await until('a drop', async () => {
      await refused();
      return script.all('drop').find(({ rport, lport }) => rport === 1 || lport === 1);
    });
    expect(drop).toMatchObject({ laddr: SERVER, lport: 1, raddr: CLIENT, netns: there.netns, direction: 'received', segFlags: 2 });
    expect(reasonName(drop.reason)).toBe('NO_SOCKET');
  },
  'socket-error': async (script) => {
    const error = await until('an error', async () => {
      await refused();
      return script.all('socket-error').find(({ rport }) => rport === 1);
    });
    expect(error).toMatchObject({ errno: 111, laddr: CLIENT, raddr: SERVER });
  },
  neighbour: async (script) => {
    await visit();
    there.ip('link', 'set', 'eth0', 'address', MOVED);
    const moved = await until('the new address', async () => {
      here.ip('neigh', 'flush', 'all');
      await visit();
      return script.all('neighbour').find(({ newLink }) => newLink === MOVED);
    });
    expect(moved).toMatchObject({ address: SERVER, device: 'eth0', failed: false });
  },
};

/** Answers to connections are lost on their way, so both ends send again: after 1 s (RFC 6298). */
async function dropSynAcks(enough: () => boolean): Promise<void> {
  here.run(
    'nft',
    'add table ip lab; add chain ip lab in { type filter hook input priority 0; }; add rule ip lab in tcp flags & (syn | ack) == (syn | ack) drop',
  );
  try {
    await client.does('connect', { host: SERVER, port, wait: false });
    await until('retransmissions', enough);
  } finally {
    here.run('nft', 'delete', 'table', 'ip', 'lab');
  }
}

/** A drop reason in this kernel's own words. */
function reasonName(reason: number): string | undefined {
  const format = execFileSync('cat', ['/sys/kernel/tracing/events/skb/kfree_skb/format'], { encoding: 'utf8' });
  return new RegExp(`\\{ ${reason}, "(\\w+)" \\}`).exec(format)?.[1];
}

const [, major = '0', minor = '0'] = /v(\d+)\.(\d+)/.exec(execFileSync('bpftrace', ['--version'], { encoding: 'utf8' })) ?? [];
const version = Number(major) * 1000 + Number(minor);
const kprobes = existsSync('/sys/kernel/tracing/kprobe_events');

/** What bpftrace says of a script that cannot run here; null for those that can. */
function refusal(name: string): RegExp | null {
  if (name.endsWith('-kprobe') && !kprobes) return /kprobe|Could not open|No such file/i;
  if (name.endsWith('-raw') && version < 23) return /rawtracepoint|Invalid|abort|Unreachable/i;
  // Its arguments are typed pointers from then on.
  if (name.endsWith('-raw') && version >= 27) return /Permission denied|prohibited|no valid attach points/i;
  return null;
}

const names = readdirSync(new URL('../../bpf/', import.meta.url))
  .filter((file) => file.endsWith('.bt'))
  .map((file) => file.slice(0, -3));

describe('run alone under bpftrace', () => {
  it('every script in bpf/ has its story here', () => {
    expect(Object.keys(STORIES).toSorted()).toEqual(names.toSorted());
  });

  it.each(names.filter((name) => refusal(name) === null))(
    '%s.bt prints records that its decoder reads, for traffic that makes it fire',
    async (name) => {
      await using script = new LoneScript(name);
      await STORIES[name]?.(script);
      await script.stop();
      expect(script.records.length).toBeGreaterThan(0);
      expect(script.faults).toEqual([]);
      expect(script.complaints).toEqual([]);
      expect(script.status).toBe(0);
    },
  );

  it.each(names.filter((name) => refusal(name) !== null))('%s.bt, which this machine cannot run, is refused in words', async (name) => {
    await using script = new LoneScript(name);
    await script.ended();
    expect(script.records).toEqual([]);
    expect(script.status).not.toBe(0);
    expect(script.stderr).toMatch(refusal(name) ?? /./);
  });
});
