import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, LabNamespace } from '../lab/namespace.ts';
import { lives, type Process } from '../lab/processes.ts';
import { type Of, Synoptic } from '../lab/synoptic.ts';
import { until } from '../lab/until.ts';

// Violent ends of every process that takes part, under traffic.

const lab = new LabNamespace();
let client: Actor;
let server: Actor;
let port: number;

beforeAll(async () => {
  client = await lab.actor();
  server = await lab.actor();
  port = await server.number('serve', { host: '127.0.0.1' });
});

afterAll(() => lab[Symbol.asyncDispose]());

/** Connections, their ports as the client itself says. */
const traffic = async (count = 5, perSecond = 200) =>
  (await client.does('burst', { host: '127.0.0.1', port, count, perSecond })) as number[];

/** What was told of the port's last connection: on loopback the kernel gives a port out again after a second, TIME_WAIT or not (tcp_tw_reuse). */
function ends(synoptic: Synoptic, lport: number): Of<'state'>[] {
  const told = synoptic.all('state', (event) => event.netns === lab.netns && event.lport === lport && event.rport === port);
  return told.filter(({ sock }) => sock === told.at(-1)?.sock);
}

/**
 * That every transition of these connections is told once, at the client's end. The kernel may skip our programs in a softirq that meets
 * another one on its CPU; then what is missing must be told as lost.
 */
async function expectTold(synoptic: Synoptic, ports: readonly number[]): Promise<void> {
  const missing = () => ports.length * 4 - ports.reduce((sum, lport) => sum + ends(synoptic, lport).length, 0);
  await until('every transition, or word of its loss', () => missing() <= synoptic.told);
  for (const lport of ports) expect(new Set(ends(synoptic, lport).map(({ to }) => to)).size).toBe(ends(synoptic, lport).length);
}

const monotonic = () => process.hrtime.bigint();

/** That a gap of blindness was told that lies where it must, and that afterwards everything is seen again. */
async function expectRecovery(synoptic: Synoptic, killed: Process, beforeNs: bigint, reason: RegExp): Promise<Of<'gap'>> {
  await synoptic.bpftrace(killed);
  const gap = await synoptic.event('gap', ({ cause }) => cause === 'blind', 15_000);
  const nowNs = monotonic();
  expect(BigInt(gap.fromNs)).toBeLessThan(BigInt(gap.toNs));
  // The last line that was heard is up to a heartbeat (250 ms) older than the blow.
  expect(BigInt(gap.fromNs)).toBeGreaterThan(beforeNs - 500_000_000n);
  expect(BigInt(gap.toNs)).toBeLessThan(nowNs);
  expect(gap.lost).toBeNull();
  expect(gap.what).toMatch(reason);
  await expectTold(synoptic, await traffic());
  return gap;
}

// Both mostly wait for it to be missed and to come back.
describe.concurrent('bpftrace', () => {
  it('killed under traffic is started again: the blind time is told, what came after is seen, the table is brought in line', async () => {
    await using tail = await Synoptic.tail();
    // Who makes the storm does nothing else until it is over, and another bpftrace may run by then.
    const other = await lab.actor();
    const index = await other.number('connect', { host: '127.0.0.1', port });
    const lport = await other.number('localPort', { index });
    await until('it is seen', () => ends(tail, lport).length === 1);
    const [{ sock } = expect.unreachable()] = ends(tail, lport);
    const told = () => tail.all('state', (event) => event.sock === sock);
    const begun = told();
    const running = await tail.bpftrace();
    const storm = traffic(1000, 500);
    await until('the storm is seen', () => tail.events.length > 500);
    const beforeNs = monotonic();
    process.kill(running.pid, 'SIGKILL');
    // The word of a signal is sooner here than its effect.
    await until('it has ended', () => !lives(running));
    await other.does('end', { index });
    await storm;
    const gap = await expectRecovery(tail, running, beforeNs, /signal 9/);
    // Its end fell into the blind time: no transition of it is invented. Its port may be another connection's by now.
    expect(told()).toEqual(begun);
    const blind = tail.all(
      'state',
      ({ ns }) => BigInt(ns) > BigInt(gap.fromNs) + 50_000_000n && BigInt(ns) < BigInt(gap.toNs) - 1_500_000_000n,
    );
    expect(blind).toEqual([]);
    expect(tail.stderr).toMatch(/bpftrace was ended by signal 9; starting it again in 500 ms/);
  });

  it('that hangs is noticed by its silence, ended, and started again', async () => {
    await using tail = await Synoptic.tail();
    const running = await tail.bpftrace();
    const beforeNs = monotonic();
    process.kill(running.pid, 'SIGSTOP');
    await expectRecovery(tail, running, beforeNs, /said nothing for 3 s/);
    expect(lives(running)).toBe(false);
  });
});

// How long an end takes is the kernel's: closing a tracepoint waits for two of its grace periods, 30 ms each or, on a busy host, hundreds.
describe('the service', () => {
  it('killed leaves no bpftrace and no keeper behind', async () => {
    await using tail = await Synoptic.tail();
    const [bpftrace, { keeper }] = [await tail.bpftrace(), tail];
    tail.kill('SIGKILL');
    await until('bpftrace has gone', () => !lives(bpftrace));
    await until('the keeper has gone', () => !lives(keeper));
  });

  it('whose keeper is killed ends by itself with status 1 and the reason, and bpftrace with it', async () => {
    await using tail = await Synoptic.tail();
    const [bpftrace, { keeper }] = [await tail.bpftrace(), tail];
    process.kill(keeper.pid, 'SIGKILL');
    const { status, stderr } = await tail.ended();
    expect(status).toBe(1);
    expect(stderr).toMatch(/the privileged keeper has ended/);
    await until('bpftrace has gone', () => !lives(bpftrace));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in order on %s: status 0, no orphan, every transition that was made before',
    async (signal) => {
      await using tail = await Synoptic.tail();
      const bpftrace = await tail.bpftrace();
      const ports = await traffic(200, 1000);
      tail.kill(signal);
      const { status, stderr } = await tail.ended();
      expect(status).toBe(0);
      expect(lives(bpftrace)).toBe(false);
      // What was still on its way, and the kernel's last counters, are read before the end: none is missing, or it is told.
      await expectTold(tail, ports);
      expect(stderr.trim()).toBe('ready');
    },
  );

  it('asked to end before it is ready does so at once, with status 0 and without a word', async () => {
    await using tail = new Synoptic(['tail']);
    const bpftrace = await tail.bpftrace();
    tail.kill('SIGTERM');
    expect(await tail.ended(3000)).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(lives(bpftrace)).toBe(false);
  });
});

describe('two instances side by side', () => {
  it('both see every transition, and one that ends does not disturb the other', async () => {
    await using first = await Synoptic.tail();
    await using second = await Synoptic.tail();
    const ports = await traffic(100, 500);
    for (const each of [first, second]) await expectTold(each, ports);
    const moves = (each: Synoptic) => ports.map((lport) => ends(each, lport).map(({ from, to }) => `${from}→${to}`));
    // The kernel runs the programs of both or skips both.
    expect(moves(first)).toEqual(moves(second));
    expect((await first.stop()).status).toBe(0);
    await expectTold(second, await traffic(20));
    expect(second.all('gap', ({ cause }) => cause === 'blind')).toEqual([]);
  });
});
