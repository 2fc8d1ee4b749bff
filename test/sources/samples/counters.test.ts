import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { numbersOf, parseCounters, sampleCounters } from '../../../src/sources/samples/counters.ts';
import { listNetNamespaces } from '../../../src/sources/samples/netns.ts';
import { LabNamespace } from '../../lab/namespace.ts';

const SOCKSTAT = 'sockets: used 16\nTCP: inuse 1 orphan 0 tw 7 alloc 1 mem 105\nUDP: inuse 0 mem 0\n';
const SNMP = 'Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\nTcp: 1 -1 83 4 0 2 3\n';
const NETSTAT = 'TcpExt: SyncookiesSent TW TCPTimeWaitOverflow TCPNew\nTcpExt: 0 13 5 1\nIpExt: InNoRoutes\nIpExt: 0\n';

describe('the three files', () => {
  it('are read by name, in any order', () => {
    const expected = {
      timeWait: 7,
      activeOpens: 83,
      passiveOpens: 4,
      estabResets: 2,
      currEstab: 3,
      timeWaitOverflow: 5,
      ext: { SyncookiesSent: 0, TW: 13 },
    };
    expect(parseCounters(SOCKSTAT + SNMP + NETSTAT)).toEqual(expected);
    expect(parseCounters(NETSTAT + SOCKSTAT + SNMP)).toEqual(expected);
  });

  it('keep their meaning where a kernel puts new names in between', () => {
    const newer = NETSTAT.replace('TW TCPTimeWaitOverflow', 'TW New TCPTimeWaitOverflow').replace('13 5', '13 99 5');
    expect(parseCounters(SOCKSTAT + SNMP + newer).timeWaitOverflow).toBe(5);
  });

  it('that lack a counter are refused by its name, never filled with a guess', () => {
    expect(() => parseCounters(SOCKSTAT + SNMP)).toThrow(/TCPTimeWaitOverflow/);
    expect(() => parseCounters(SNMP + NETSTAT)).toThrow(/tw \(TCP\)/);
  });

  it('of this kernel have the same number in each place for each name', () => {
    const [names = '', values = ''] = readFileSync('/proc/self/net/snmp', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('Tcp:'));
    const numbers = numbersOf(`${names}\n${values}\n`);
    for (const [index, name] of names.split(' ').entries()) {
      if (index > 0) expect(numbers.get(`Tcp ${name}`), name).toBe(Number(values.split(' ')[index]));
    }
  });
});

describe('a namespace of our own', () => {
  const lab = new LabNamespace();

  beforeAll(async () => {
    await (await lab.actor()).ready;
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  it('counts each connection that is made in it, and its TIME_WAIT', async () => {
    const actor = await lab.actor();
    const port = await actor.number('listen', { host: '127.0.0.1' });
    const namespace = await lab.found();
    expect(await sampleCounters(namespace)).toMatchObject({ activeOpens: 0, passiveOpens: 0, currEstab: 0, timeWait: 0 });
    for (const index of [0, 1, 2]) {
      await actor.does('connect', { host: '127.0.0.1', port });
      await vi.waitUntil(async () => (await actor.does('acceptedCount')) === index + 1, { timeout: 5000, interval: 10 });
    }
    await actor.does('end', { index: 0 });
    await actor.does('peerEnded', { index: 0 });
    await actor.does('acceptedEnd', { index: 0 });
    await vi.waitUntil(async () => (await sampleCounters(namespace))?.timeWait === 1, { timeout: 5000, interval: 20 });
    expect(await sampleCounters(namespace)).toMatchObject({
      type: 'counters',
      netns: namespace.netns,
      activeOpens: 3,
      passiveOpens: 3,
      currEstab: 4,
      timeWait: 1,
      timeWaitOverflow: 0,
    });
  });

  it('gives the same numbers through a process and through its bind mount', async () => {
    const namespace = await lab.found();
    expect(namespace.pid).not.toBeNull();
    const { fromNs: _, atNs: __, ...through } = (await sampleCounters(namespace)) ?? expect.unreachable();
    const { fromNs: ___, atNs: ____, ...mounted } = (await sampleCounters({ ...namespace, pid: null })) ?? expect.unreachable();
    expect(mounted).toEqual(through);
  });

  it('is read through the mount where its process has vanished or its pid is another’s', async () => {
    const namespace = await lab.found();
    for (const pid of [4_194_305, process.pid]) {
      expect(await sampleCounters({ ...namespace, pid })).toMatchObject({ netns: namespace.netns, activeOpens: 3 });
    }
  });
});

it('reads our own namespace', async () => {
  const own = (await listNetNamespaces()).namespaces.find((namespace) => namespace.own);
  if (own === undefined) throw new Error('no own namespace');
  expect(await sampleCounters(own)).toMatchObject({ netns: own.netns });
});

it('gives nothing for a namespace that is gone', async () => {
  const lab = new LabNamespace();
  const found = await lab.found();
  await lab[Symbol.asyncDispose]();
  expect(await sampleCounters(found)).toBeNull();
});
