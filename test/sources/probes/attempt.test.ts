import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { Answering, Asking, openSockets, outcome } from './asking.ts';

let asking: Asking;

beforeEach(() => {
  asking = new Asking();
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

/** Keeps this thread's event loop from turning. */
function holdLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Lets ticks and promises run, and nothing else: connect() is made, and its answer not yet looked at. */
async function connectMade(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

describe('an attempt', () => {
  it('writes down every moment, in order, and both ends of its socket', async () => {
    await using server = await Answering.by((socket) => socket.once('data', () => socket.write('+PONG\r\n')));
    const { moments, laddr, lport, raddr, rport, bytesSent, bytesReceived, addresses, ...made } = await asking.ask(
      `redis://127.0.0.1:${server.port}`,
    );
    expect(outcome({ moments, laddr, lport, raddr, rport, bytesSent, bytesReceived, addresses, ...made })).toBe('alive: PONG');
    const { lookupStarted, lookupEnded, secured, ...reached } = moments;
    expect([lookupStarted, lookupEnded, secured]).toEqual([null, null, null]);
    const times = Object.values(reached);
    expect(times).not.toContain(null);
    expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)));
    expect([laddr, raddr, rport, bytesSent, bytesReceived]).toEqual(['127.0.0.1', '127.0.0.1', server.port, 14, 7]);
    expect(lport).toBeGreaterThan(1023);
    expect(addresses).toEqual(['127.0.0.1']);
  });

  it('looks names up, and says what they resolve to', async () => {
    await using server = await Answering.by(() => undefined);
    const { moments, addresses, raddr } = await asking.ask(`tcp://localhost:${server.port}`, { family: '4' });
    expect(addresses).toContain('127.0.0.1');
    expect(raddr).toBe('127.0.0.1');
    expect(Number(moments.lookupEnded)).toBeGreaterThan(Number(moments.lookupStarted));
    expect(Number(moments.connectCalled)).toBeGreaterThanOrEqual(Number(moments.lookupEnded));
  });

  it('goes by IPv6 and from the source it is told', async () => {
    await using six = await Answering.by(() => undefined, '::1');
    expect(await asking.ask(`tcp://[::1]:${six.port}`)).toMatchObject({ failure: null, laddr: '::1', raddr: '::1' });
    await using four = await Answering.by(() => undefined);
    expect(await asking.ask(`tcp://127.0.0.1:${four.port}`, { source: '127.0.0.9' })).toMatchObject({ failure: null, laddr: '127.0.0.9' });
  });

  it('still knows its local port where the connection was refused', async () => {
    const port = await closedPort();
    const { failure, lport, moments } = await asking.ask(`tcp://127.0.0.1:${port}`);
    expect(failure).toMatchObject({ cause: 'refused', during: 'connect', code: 'ECONNREFUSED' });
    expect(lport).toBeGreaterThan(1023);
    expect(moments.connected).toBe(null);
    expect(moments.closed).not.toBe(null);
  });

  it('names a source address that is not this machine’s', async () => {
    const { failure } = await asking.ask('tcp://127.0.0.1:9', { source: '192.0.2.1' });
    expect(failure).toMatchObject({ cause: 'source-address', code: 'EADDRNOTAVAIL' });
  });

  it('names a name that does not resolve', async () => {
    const { failure, raddr } = await asking.ask('tcp://nobody.invalid:80');
    expect(failure).toMatchObject({ during: 'lookup', cause: expect.stringMatching(/^dns-(failed|slow)$/) });
    expect(raddr).toBe(null);
  });

  it('tells a server that says nothing from one that does not finish', async () => {
    await using silent = await Answering.by((socket) => socket.resume());
    const mute = await asking.ask(`redis://127.0.0.1:${silent.port}`, { timeout: '80ms' });
    expect(outcome(mute)).toBe('no-answer: connected, and not a byte of an answer within 80 ms');
    await using slow = await Answering.by((socket) => socket.write('+PO'));
    expect((await asking.ask(`redis://127.0.0.1:${slow.port}`, { timeout: '80ms' })).failure?.cause).toBe('slow-application');
    expect((Number(mute.moments.done) - Number(mute.moments.called)) / 1e6).toBeLessThan(1000);
  });

  it('tells a reset from an end, and says when it struck', async () => {
    await using resetting = await Answering.by((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect((await asking.ask(`redis://127.0.0.1:${resetting.port}`)).failure).toMatchObject({
      cause: 'reset',
      code: 'ECONNRESET',
      during: 'answer',
    });
    await using ending = await Answering.by((socket) => socket.once('data', () => socket.end()));
    expect((await asking.ask(`redis://127.0.0.1:${ending.port}`)).failure).toMatchObject({ cause: 'ended-early', during: 'answer' });
  });

  it('does not blame a server for the time in which its own loop was held, and says how long that was', async () => {
    await using server = await Answering.by((socket) => socket.once('data', () => setTimeout(() => socket.write('+PONG\r\n'), 20)));
    const made = asking.ask(`redis://127.0.0.1:${server.port}`, { timeout: '300ms' });
    await connectMade();
    holdLoop(350);
    const { failure, loop, moments } = await made;
    expect(failure).toBe(null);
    expect((Number(moments.connected) - Number(moments.submitted)) / 1e6).toBeGreaterThan(340);
    const [stall] = loop.stalls;
    expect((Number(stall?.toNs) - Number(stall?.fromNs)) / 1e6).toBeGreaterThan(348);
    expect(Number(stall?.busyNs) / 1e6).toBeGreaterThan(348);
  });

  it('waits no more than twice its timeout however long the loop is held', async () => {
    await using server = await Answering.by((socket) => socket.resume());
    const made = asking.ask(`redis://127.0.0.1:${server.port}`, { timeout: '60ms' });
    await connectMade();
    holdLoop(300);
    const { failure, moments } = await made;
    expect(failure?.cause).toBe('no-answer');
    expect((Number(moments.done) - Number(moments.called)) / 1e6).toBeLessThan(400);
  });

  it('says how overdue the loop was when it was called for', async () => {
    await using server = await Answering.by(() => undefined);
    holdLoop(60);
    const { loop, moments } = await asking.ask(`tcp://127.0.0.1:${server.port}`);
    expect(loop.lagNs / 1e6).toBeGreaterThan(40);
    expect(Number(moments.called) - loop.lastFreeNs).toBeGreaterThan(loop.lagNs);
  });

  it('says when garbage was collected while it ran', async () => {
    await using server = await Answering.by(() => undefined);
    const made = asking.ask(`tcp://127.0.0.1:${server.port}`);
    await connectMade();
    // More than the young generation holds, whatever its size here.
    let kept: unknown[] = [];
    for (let i = 0; i < 3_000_000; i++) kept = i % 1000 === 0 ? [] : [...kept.slice(-3), { i }];
    const { loop, moments } = await made;
    expect(kept.length).toBeGreaterThan(0);
    expect(loop.gcPauses.length).toBeGreaterThan(0);
    for (const { fromNs, toNs } of loop.gcPauses) {
      expect(toNs).toBeGreaterThanOrEqual(Number(moments.called));
      expect(fromNs).toBeLessThanOrEqual(Number(moments.closed) + 1e6);
      expect(toNs - fromNs).toBeGreaterThan(0);
    }
  });

  it('is bounded in memory: a server that floods gives a wrong answer, at once', async () => {
    const piece = Buffer.alloc(65536, 'x');
    await using server = await Answering.by((socket) => {
      const flood = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', flood);
      flood();
    });
    const { failure, bytesReceived } = await asking.ask(`redis://127.0.0.1:${server.port}`, { timeout: '2s' });
    expect(failure?.cause).toBe('wrong-answer');
    expect(bytesReceived).toBeLessThan(1_000_000);
  });
});

/** A port that nobody listens on: it was given and taken back. */
async function closedPort(): Promise<number> {
  await using server = await Answering.by(() => undefined);
  return server.port;
}
