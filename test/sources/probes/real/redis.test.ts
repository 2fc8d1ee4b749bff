import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../lab/until.ts';
import { Asking, openSockets, outcome } from '../asking.ts';
import { RealServer } from './server.ts';

let open: RealServer;
let locked: RealServer;
let asking: Asking;

beforeAll(async () => {
  open = await RealServer.redis();
  locked = await RealServer.redis('--requirepass', 's3cret');
});

afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
});

beforeEach(() => {
  asking = new Asking();
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

describe('Redis', () => {
  it('answers PING', async () => {
    expect(outcome(await asking.ask(`redis://127.0.0.1:${open.port}`))).toBe('alive: PONG');
  });

  it('is alive where it wants credentials, and not where they are wrong', async () => {
    const url = `127.0.0.1:${locked.port}`;
    expect(outcome(await asking.ask(`redis://${url}`))).toBe('alive: NOAUTH Authentication required. (alive, and wants credentials)');
    expect(outcome(await asking.ask(`redis://:s3cret@${url}`))).toBe('alive: PONG');
    expect((await asking.ask(`redis://:wrong@${url}`)).failure).toMatchObject({ cause: 'wrong-answer', code: 'WRONGPASS' });
  });

  it('is not alive where it has no room for another client', async () => {
    await using full = await RealServer.redis('--maxclients', '1');
    const pooled = `heartbeat://127.0.0.1:${full.port}`;
    await until('the first client has its place', async () => (await asking.ask(pooled, { dialect: 'redis' })).failure === null);
    expect(outcome(await asking.ask(`redis://127.0.0.1:${full.port}`))).toContain('max number of clients');
  });

  it('beats on one connection, and is found out when the name of the connection changes', async () => {
    const url = `heartbeat://127.0.0.1:${open.port}`;
    const settings = { dialect: 'redis' } as const;
    expect(outcome(await asking.ask(url, settings))).toBe('alive: PONG 1');
    expect(outcome(await asking.ask(url, settings))).toBe('alive: PONG 2');
    const pooled = asking.pool.take(url, 1e6);
    if (pooled === null) throw new Error('nothing is pooled');
    // As it would be called by another server behind the same address.
    pooled.peerName = ':1000000';
    expect((await asking.ask(url, settings)).failure?.cause).toBe('other-server');
    expect((await asking.ask(url, settings)).pooled).toMatchObject({ reused: false, beat: 1 });
  });

  it('replaces a heartbeat’s connection that Redis killed', async () => {
    const url = `heartbeat://127.0.0.1:${open.port}`;
    await asking.ask(url, { dialect: 'redis' });
    execFileSync('redis-cli', ['-p', String(open.port), 'CLIENT', 'KILL', 'TYPE', 'normal'], { stdio: 'pipe' });
    await until('the connection is gone', () => openSockets() === 0);
    expect((await asking.ask(url, { dialect: 'redis' })).pooled).toMatchObject({ reused: false, replaced: 'the far end closed it' });
  });
});
