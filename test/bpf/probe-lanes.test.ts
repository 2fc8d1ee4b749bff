import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { LabNamespace } from '../lab/namespace.ts';
import { LabServer } from '../lab/servers.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// The command itself, beside a real Redis, in a namespace whose firewall makes the failures.

const PORT = 7001;
const TARGET = `redis://127.0.0.1:${PORT}`;
const lab = new LabNamespace();
let redis: LabServer;

beforeAll(async () => {
  redis = await LabServer.redis(lab, PORT);
  lab.run('nft', 'add table inet lab; add chain inet lab in { type filter hook input priority 0; }');
});

afterEach(() => void lab.run('nft', 'flush chain inet lab in'));

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

const drop = (what: string) => lab.run('nft', `add rule inet lab in tcp dport ${PORT} ${what} drop`);

async function probe(...args: string[]): Promise<Of<'probe'>> {
  await using synoptic = new Synoptic(['probe', '--json', ...args], { netns: lab.name });
  const { stderr } = await synoptic.ended();
  const [event] = synoptic.all('probe');
  if (event === undefined) throw new Error(stderr);
  expect(stderr).toContain('ready');
  return event;
}

const phase = ({ drift }: Of<'probe'>, name: string) => drift.phases.find((one) => one.phase === name);

it('shows a SYN lost once as a second in the network, one SYN sent again, and next to no drift', async () => {
  drop('tcp flags & (syn | ack) == syn quota until 100 bytes');
  const event = await probe(TARGET);
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
  drop('tcp flags & psh == psh quota until 100 bytes');
  const event = await probe(TARGET);
  expect(event).toMatchObject({ alive: true, mismatch: 'masked-loss' });
  expect(event.kernel?.dataRetransmits).toBeGreaterThanOrEqual(1);
  expect(phase(event, 'request')?.parts.find(({ cause }) => cause === 'data-retransmission')?.us).toBeGreaterThan(10_000);
});

it('joins a refused connection with its RST', async () => {
  const event = await probe(`tcp://127.0.0.1:${PORT + 1}`);
  expect(event).toMatchObject({
    alive: false,
    cause: 'refused',
    unseen: null,
    kernel: { error: 'ECONNREFUSED', established: null, state: 'CLOSE' },
  });
  expect(event.kernel?.resets).toMatchObject([{ direction: 'received' }]);
});

it('tells a filtered port by the SYNs that went out again and again', async () => {
  drop('tcp flags & (syn | ack) == syn');
  const event = await probe(TARGET, '--timeout', '1500ms');
  expect(event).toMatchObject({ alive: false, cause: 'syn-lost', couldBe: ['filtered', 'kernel-only'], unseen: null, responder: 'nobody' });
  expect(event.kernel).toMatchObject({ synRetransmits: 1, established: null });
});

it('calls a stopped server what it is: alive for the kernel, nobody answers', async () => {
  redis.signal('SIGSTOP');
  try {
    const event = await probe(TARGET, '--timeout', '300ms');
    expect(event).toMatchObject({ alive: false, cause: 'kernel-only', mismatch: 'false-alive', kernel: { allAcknowledged: true } });
  } finally {
    redis.signal('SIGCONT');
  }
});

it('follows a socket that outlives its attempt, and tells when it is gone', async () => {
  drop('tcp flags & fin == fin');
  await using synoptic = await Synoptic.ready(['probe', '--json', TARGET, '--every', '300ms'], { netns: lab.name });
  const lingering = await synoptic.event('probe', ({ update }) => update === 'lingering');
  expect(lingering).toMatchObject({ attempt: 1, alive: true, mismatch: 'lingering', kernel: { state: 'FIN_WAIT1', closed: null } });
  const [first] = synoptic.all('probe');
  expect(first).toMatchObject({ attempt: 1, update: null, sock: lingering.sock });
  lab.run('nft', 'flush chain inet lab in');
  const gone = await synoptic.event('probe', ({ update, attempt }) => update === 'gone' && attempt === 1, 20_000);
  expect(gone.kernel?.resent.some(({ what }) => what === 'fin')).toBe(true);
});

it('joins each beat on a pooled connection with the part of the kernel’s story that fell into it', async () => {
  await using synoptic = await Synoptic.ready(
    ['probe', '--json', `heartbeat://127.0.0.1:${PORT}`, '--dialect', 'redis', '--every', '50ms'],
    {
      netns: lab.name,
    },
  );
  await until('five beats', () => synoptic.all('probe').length >= 5);
  const [first, ...later] = synoptic.all('probe');
  expect(first?.kernel?.established).not.toBe(null);
  for (const event of later)
    expect(event).toMatchObject({ unseen: null, sock: first?.sock, kernel: { synSent: null, established: null, state: 'ESTABLISHED' } });
});

it('joins over IPv6, and over IPv4 that Node may write as IPv6', async () => {
  const server = await (await lab.actor()).number('serve', { host: '::' });
  for (const host of ['[::1]', '127.0.0.1', '[::ffff:127.0.0.1]']) {
    const event = await probe(`tcp://${host}:${server}`);
    expect({ host, unseen: event.unseen, alive: event.alive }).toEqual({ host, unseen: null, alive: true });
    expect(event.kernel?.established).not.toBe(null);
  }
});

it('goes on, and says why, when its bpftrace is killed under it', async () => {
  await using synoptic = await Synoptic.ready(['probe', '--json', TARGET, '--every', '20ms'], { netns: lab.name });
  await synoptic.event('probe', ({ kernel }) => kernel !== null);
  const bpftrace = await synoptic.bpftrace();
  process.kill(bpftrace.pid, 'SIGKILL');
  const blind = await synoptic.event('probe', ({ kernel }) => kernel === null);
  expect(blind.unseen).toMatch(/^the kernel(’s records were lost| is not observed)/);
  expect(blind.alive).toBe(true);
  await synoptic.event('probe', ({ kernel, seq }) => kernel !== null && seq > blind.seq, 20_000);
});
