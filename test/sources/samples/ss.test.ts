import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SocketsInput } from '../../../src/core/model/input.ts';
import { type TcpState, tcpStateOf } from '../../../src/core/model/tcp-state.ts';
import type { NetNamespace } from '../../../src/sources/samples/netns.ts';
import { sampleSockets } from '../../../src/sources/samples/ss.ts';
import { type Actor, cable, LabNamespace } from '../../lab/namespace.ts';

const CLIENT = '10.99.0.1';
const SERVER = '10.99.0.2';

const sample = async (namespace: NetNamespace): Promise<SocketsInput> => {
  const input = await sampleSockets(namespace);
  if (input === null) throw new Error('the namespace is gone');
  return input;
};

const countByState = ({ sockets }: SocketsInput): Record<string, number> => tally(sockets.map(({ state }) => state));

describe('sockets of two namespaces with a cable between them, in every state that can be made', () => {
  const client = new LabNamespace();
  const server = new LabNamespace();
  let there: NetNamespace;
  let here: NetNamespace;
  let port: number;

  beforeAll(async () => {
    cable(client, server, [CLIENT, SERVER]);
    const actor = await client.actor();
    const peer = await server.actor();
    port = await peer.number('listen', { host: SERVER });
    await makeStates(actor, peer, server, port);
    [here, there] = await Promise.all([client.found(), server.found()]);
    // The last SYN is on its way: the handshake shows at the server when it has arrived.
    await vi.waitUntil(async () => (await sample(there)).sockets.some(({ state }) => state === 'SYN_RECV'), {
      timeout: 5000,
      interval: 20,
    });
  }, 30_000);

  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('are found on both sides in the states they are in', async () => {
    const [mine, theirs] = [await sample(here), await sample(there)];
    expect(countByState(mine)).toEqual({ ESTABLISHED: 1, FIN_WAIT2: 1, TIME_WAIT: 1, FIN_WAIT1: 2, SYN_SENT: 1 });
    expect(countByState(theirs)).toEqual({ LISTEN: 1, ESTABLISHED: 1, CLOSE_WAIT: 1, LAST_ACK: 1, CLOSING: 1, SYN_RECV: 1 });
  });

  it('are as many, state by state, as in /proc/net/tcp and tcp6', async () => {
    for (const [namespace, lab] of [
      [here, client],
      [there, server],
    ] as const) {
      expect(countByState(await sample(namespace))).toEqual(procCounts(lab));
    }
  });

  it('have the same four-tuple on both sides, mirrored', async () => {
    const established = ({ sockets }: SocketsInput) => sockets.find(({ state }) => state === 'ESTABLISHED');
    const mine = established(await sample(here));
    expect(mine).toMatchObject({ laddr: CLIENT, raddr: SERVER, rport: port });
    expect(established(await sample(there))).toMatchObject({ laddr: SERVER, lport: port, raddr: CLIENT, rport: mine?.lport });
  });

  it('belong to the namespace and the time that the input names', async () => {
    const before = Number(process.hrtime.bigint());
    const input = await sample(there);
    expect(input).toMatchObject({ type: 'sockets', netns: there.netns });
    expect(before).toBeLessThanOrEqual(input.fromNs);
    expect(input.fromNs).toBeLessThan(input.atNs);
    expect(input.atNs).toBeLessThanOrEqual(Number(process.hrtime.bigint()));
  });
});

describe('addresses and owners', () => {
  const lab = new LabNamespace();
  let actor: Actor;
  let namespace: NetNamespace;

  beforeAll(async () => {
    actor = await lab.actor();
    namespace = await lab.found();
  });

  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  it('are told for IPv6, v4-mapped and wildcard sockets', async () => {
    const dual = await actor.number('listen', { host: '::' });
    const only6 = await actor.number('listen', { host: '::', ipv6Only: true });
    const only4 = await actor.number('listen', { host: '0.0.0.0' });
    await actor.does('connect', { host: '127.0.0.1', port: dual });
    await actor.does('connect', { host: '::1', port: only6 });
    const { sockets } = await sample(namespace);
    const listening = (lport: number) => sockets.find((socket) => socket.state === 'LISTEN' && socket.lport === lport);
    expect(listening(dual)).toMatchObject({ laddr: '::', raddr: '::', rport: 0, pid: actor.pid });
    expect(listening(only6)).toMatchObject({ laddr: '::', pid: actor.pid });
    expect(listening(only4)).toMatchObject({ laddr: '0.0.0.0', raddr: '0.0.0.0', pid: actor.pid });
    const accepted = (lport: number) => sockets.find((socket) => socket.state === 'ESTABLISHED' && socket.lport === lport);
    expect(accepted(dual)).toMatchObject({ laddr: '127.0.0.1', raddr: '127.0.0.1' });
    expect(accepted(only6)).toMatchObject({ laddr: '::1', raddr: '::1' });
    expect(tally(sockets.map(({ state }) => state))).toEqual(procCounts(lab));
  });

  it('survive whatever name the process gives itself', async () => {
    const before = (await sample(namespace)).sockets.map(({ comm: _, ...rest }) => rest);
    expect(before.length).toBeGreaterThan(5);
    const names = [
      'plain',
      'two words',
      '"',
      '"))',
      ')',
      '))',
      'a) b',
      '(',
      '\n',
      'a\nb',
      '\nESTAB 0 0 *:',
      '",pid=1,fd=1),(',
      'x",pid=1,fd=3)',
      '\x1b[31mred',
      'é", ñ',
      ' ',
      '\\n',
      '\t"\n)',
    ];
    for (const name of names) {
      const bytes = Buffer.from(name).subarray(0, 15);
      await actor.does('rename', { bytes: bytes.toString('base64') });
      const { sockets } = await sample(namespace);
      expect(
        sockets.map(({ comm: _, ...rest }) => rest),
        JSON.stringify(name),
      ).toEqual(before);
      expect(new Set(sockets.map(({ comm }) => comm)), JSON.stringify(name)).toEqual(new Set([bytes.toString()]));
    }
  });
});

it('lists our own namespace without entering another', async () => {
  const { listNetNamespaces } = await import('../../../src/sources/samples/netns.ts');
  const own = (await listNetNamespaces()).namespaces.find((namespace) => namespace.own);
  if (own === undefined) throw new Error('no own namespace');
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const lport = typeof address === 'object' && address !== null ? address.port : 0;
    const mine = (await sample(own)).sockets.find((socket) => socket.lport === lport && socket.state === 'LISTEN');
    expect(mine).toMatchObject({ laddr: '127.0.0.1', pid: process.pid });
  } finally {
    server.close();
  }
});

it('gives nothing for a namespace that is gone, and for one whose inode is now another', async () => {
  await using lab = new LabNamespace();
  const found = await lab.found();
  expect(await sampleSockets({ ...found, netns: found.netns + 1 })).toBeNull();
  expect(await sampleSockets({ ...found, path: '/proc/4194305/ns/net' })).toBeNull();
});

it('stops at once when told to', async () => {
  await using lab = new LabNamespace();
  const stop = new AbortController();
  stop.abort();
  await expect(sampleSockets(await lab.found(), { signal: stop.signal })).rejects.toMatchObject({ code: 'SAMPLE_FAILED' });
});

/**
 * Every state but CLOSE and LISTEN. Where only one direction works, which a wrong link-layer address for the client does to the server's
 * answers, FINs and SYN-ACKs are lost and the states in which their ACK is awaited last.
 */
async function makeStates(actor: Actor, peer: Actor, server: LabNamespace, port: number): Promise<void> {
  const connect = { host: SERVER, port };
  for (let index = 0; index < 5; index += 1) {
    await actor.does('connect', connect);
    await vi.waitUntil(async () => (await peer.does('acceptedCount')) === index + 1, { timeout: 5000, interval: 10 });
  }
  // 0 stays ESTABLISHED. 1: half-closed by the client.
  await actor.does('end', { index: 1 });
  await peer.does('peerEnded', { index: 1 });
  // 2: closed by both, by the client first.
  await actor.does('end', { index: 2 });
  await peer.does('peerEnded', { index: 2 });
  await peer.does('acceptedEnd', { index: 2 });
  await vi.waitUntil(() => !server.run('cat', '/proc/net/tcp').includes(' 09 '), { timeout: 5000, interval: 20 });

  server.ip('neighbour', 'replace', CLIENT, 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', 'permanent');
  // 3: the client's FIN arrives, its ACK and the server's FIN do not: FIN_WAIT1 and LAST_ACK.
  await actor.does('end', { index: 3 });
  await peer.does('peerEnded', { index: 3 });
  await peer.does('acceptedEnd', { index: 3 });
  // 4: the server's FIN is lost, then the client closes as well: CLOSING and FIN_WAIT1.
  await peer.does('acceptedEnd', { index: 4 });
  await actor.does('end', { index: 4 });
  await peer.does('peerEnded', { index: 4 });
  // 5: the SYN-ACK is lost.
  await actor.does('connect', { ...connect, wait: false });
}

/** Sockets by state as the kernel's own files list them: an independent count. */
function procCounts(lab: LabNamespace): Record<string, number> {
  const states = lab
    .run('cat', '/proc/net/tcp', '/proc/net/tcp6')
    .split('\n')
    .flatMap((line): TcpState[] => {
      const state = /^\s*\d+:\s+\S+\s+\S+\s+([0-9A-F]{2})\s/.exec(line)?.[1];
      return state === undefined ? [] : [tcpStateOf(Number.parseInt(state, 16)) ?? 'CLOSE'];
    });
  return tally(states);
}

function tally(states: readonly TcpState[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
