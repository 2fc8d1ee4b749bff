import { afterAll, beforeAll, expect, it } from 'vitest';
import { LabNamespace } from '../lab/namespace.ts';
import { LabServer } from '../lab/servers.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// The command itself, beside a real Redis, in a namespace whose firewall makes the failures.

/** Each trouble has a port of its own, so that none is in another's way. */
const PORTS = { lostSyn: 7001, lostRequest: 7002, nobody: 7003, filtered: 7004, stopped: 7005, lostFin: 7006, well: 7007 } as const;
const redisAt = (port: number) => `redis://127.0.0.1:${port}`;
const lab = new LabNamespace();
const servers: LabServer[] = [];
/** What one command said of several targets, the first attempt of each. */
let said: ReadonlyMap<string, Of<'probe'>>;
/** One that listens in IPv6 and, by that, in IPv4. */
let both: number;

beforeAll(async () => {
  const redis = (port: number) => LabServer.redis(lab, port);
  const { lostSyn, lostRequest, stopped, lostFin, well } = PORTS;
  for (const server of await Promise.all([stopped, lostSyn, lostRequest, lostFin, well].map(redis))) servers.push(server);
  both = await (await lab.actor()).number('serve', { host: '::' });
  // Where the kernel has it (6.5): the second SYN that is sent again comes after 3 s, not 2, well after the attempt.
  lab.run('sysctl', '-eqw', 'net.ipv4.tcp_syn_linear_timeouts=0');
  loseRequest();
  drop(PORTS.filtered, 'tcp flags & (syn | ack) == syn');
  servers[0]?.signal('SIGSTOP');
  try {
    const targets = [
      redisAt(lostRequest),
      refused,
      redisAt(PORTS.filtered),
      redisAt(stopped),
      ...hosts.map((host) => `tcp://${host}:${both}`),
    ];
    said = await probe(...targets, '--timeout', '1500ms');
  } finally {
    servers[0]?.signal('SIGCONT');
  }
}, 120_000);

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const refused = `tcp://127.0.0.1:${PORTS.nobody}`;
const hosts = ['[::1]', '127.0.0.1', '[::ffff:127.0.0.1]'] as const;

/** Of what goes to a port. */
const drop = (port: number, what: string) =>
  lab.run(
    'nft',
    `add table inet lab${port}; add chain inet lab${port} in { type filter hook input priority 0; }; add rule inet lab${port} in tcp dport ${port} ${what} drop`,
  );

/** The next request to {@link PORTS.lostRequest}, once. */
const loseRequest = () => drop(PORTS.lostRequest, 'tcp flags & psh == psh quota until 100 bytes');

/** The first attempt at each target. */
async function probe(...args: string[]): Promise<ReadonlyMap<string, Of<'probe'>>> {
  await using synoptic = new Synoptic(['probe', '--json', ...args], { netns: lab.name });
  const { stderr } = await synoptic.ended();
  expect(stderr).toContain('ready');
  return new Map(
    synoptic
      .all('probe')
      .toReversed()
      .map((event) => [event.target, event]),
  );
}

function attemptAt(target: string, among = said): Of<'probe'> {
  const event = among.get(target);
  if (event === undefined) throw new Error(`${target} is none of ${[...among.keys()]}`);
  return event;
}

const phase = ({ drift }: Of<'probe'>, name: string) => drift.phases.find((one) => one.phase === name);

it('shows a SYN lost once as a second in the network, one SYN sent again, and next to no drift', async () => {
  const target = redisAt(PORTS.lostSyn);
  const lossy = async () => {
    drop(PORTS.lostSyn, 'tcp flags & (syn | ack) == syn quota until 100 bytes');
    return attemptAt(target, await probe(target));
  };
  // A busy machine only ever adds to a drift: the calmest of three.
  let event = await lossy();
  for (let tries = 1; tries < 3 && (phase(event, 'connect')?.driftUs ?? 0) >= 5000; tries++) event = await lossy();
  const connect = phase(event, 'connect');
  expect(event).toMatchObject({
    alive: true,
    mismatch: 'masked-loss',
    kernel: { synRetransmits: 1, resent: [{ what: 'syn', timer: 'rto' }] },
  });
  expect(connect?.kernelUs).toBeGreaterThan(1_000_000);
  expect(connect?.kernelUs).toBeLessThan(1_100_000);
  expect(connect?.driftUs).toBeLessThan(5000);
  expect(connect?.cause).toBe(null);
  const again = connect?.parts.find(({ cause }) => cause === 'syn-retransmission');
  expect(again).toMatchObject({ when: 'during', count: 1 });
  expect(again?.us).toBeGreaterThan(1_000_000);
});

it('tells a request that had to be sent again behind an answer that was right: masked loss', async () => {
  const target = redisAt(PORTS.lostRequest);
  let event = attemptAt(target);
  expect(event).toMatchObject({ alive: true, mismatch: 'masked-loss' });
  // The record itself the kernel may skip, some once in fifty starts: then the socket's own count has told, and it is done again.
  for (let tries = 1; tries < 3 && event.kernel?.dataRetransmits === 0; tries++) {
    loseRequest();
    event = attemptAt(target, await probe(target));
    expect(event).toMatchObject({ alive: true, mismatch: 'masked-loss' });
  }
  expect(event.kernel?.dataRetransmits).toBeGreaterThanOrEqual(1);
  expect(phase(event, 'request')?.parts.find(({ cause }) => cause === 'data-retransmission')?.us).toBeGreaterThan(10_000);
});

it('joins a refused connection with its RST', () => {
  const event = attemptAt(refused);
  expect(event).toMatchObject({
    alive: false,
    cause: 'refused',
    unseen: null,
    kernel: { error: 'ECONNREFUSED', established: null, state: 'CLOSE' },
  });
  expect(event.kernel?.resets).toMatchObject([{ direction: 'received' }]);
});

it('tells a filtered port by the SYNs that went out again and again', () => {
  const event = attemptAt(redisAt(PORTS.filtered));
  expect(event).toMatchObject({ alive: false, cause: 'syn-lost', couldBe: ['filtered', 'kernel-only'], unseen: null, responder: 'nobody' });
  expect(event.kernel).toMatchObject({ synRetransmits: 1, established: null });
});

it('calls a stopped server what it is: alive for the kernel, nobody answers', () => {
  const event = attemptAt(redisAt(PORTS.stopped));
  expect(event).toMatchObject({ alive: false, cause: 'kernel-only', mismatch: 'false-alive', kernel: { allAcknowledged: true } });
});

it.each(hosts)('joins over IPv6, and over IPv4 that Node may write as IPv6: %s', (host) => {
  // A target is told as a URL writes it.
  const event = attemptAt(`tcp://${new URL(`http://${host}:${both}`).host}`);
  expect({ unseen: event.unseen, alive: event.alive }).toEqual({ unseen: null, alive: true });
  expect(event.kernel?.established).not.toBe(null);
});

it('follows a socket that outlives its attempt, and tells when it is gone', async () => {
  const target = redisAt(PORTS.lostFin);
  drop(PORTS.lostFin, 'tcp flags & fin == fin');
  await using synoptic = await Synoptic.ready(['probe', '--json', target, '--every', '300ms'], { netns: lab.name });
  const lingering = await synoptic.event('probe', ({ update }) => update === 'lingering', 30_000);
  expect(lingering).toMatchObject({ attempt: 1, alive: true, mismatch: 'lingering', kernel: { state: 'FIN_WAIT1', closed: null } });
  const [first] = synoptic.all('probe');
  expect(first).toMatchObject({ attempt: 1, update: null, sock: lingering.sock });
  lab.run('nft', `delete table inet lab${PORTS.lostFin}`);
  const gone = await synoptic.event('probe', ({ update, attempt }) => update === 'gone' && attempt === 1, 30_000);
  expect(gone.kernel?.resent.some(({ what }) => what === 'fin')).toBe(true);
});

// Each a command of its own that goes on.
it.concurrent('joins each beat on a pooled connection with the part of the kernel’s story that fell into it', async () => {
  await using synoptic = await Synoptic.ready(
    ['probe', '--json', `heartbeat://127.0.0.1:${PORTS.well}`, '--dialect', 'redis', '--every', '50ms'],
    {
      netns: lab.name,
    },
  );
  await until('five beats', () => synoptic.all('probe').length >= 5, 30_000);
  const [first, ...later] = synoptic.all('probe');
  expect(first?.kernel?.established).not.toBe(null);
  for (const event of later)
    expect(event).toMatchObject({ unseen: null, sock: first?.sock, kernel: { synSent: null, established: null, state: 'ESTABLISHED' } });
});

it.concurrent('goes on, and says why, when its bpftrace is killed under it', async () => {
  await using synoptic = await Synoptic.ready(['probe', '--json', redisAt(PORTS.well), '--every', '20ms'], { netns: lab.name });
  await synoptic.event('probe', ({ kernel }) => kernel !== null, 30_000);
  const bpftrace = await synoptic.bpftrace();
  process.kill(bpftrace.pid, 'SIGKILL');
  const blind = await synoptic.event('probe', ({ kernel }) => kernel === null, 30_000);
  expect(blind.unseen).toMatch(/^the kernel(’s records were lost| is not observed)/);
  expect(blind.alive).toBe(true);
  await synoptic.event('probe', ({ kernel, seq }) => kernel !== null && seq > blind.seq, 30_000);
});
