import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startup } from '../../../../src/sources/probes/postgres-message.ts';
import { until } from '../../../lab/until.ts';
import { Answering, Asking, openSockets, outcome } from '../asking.ts';
import { RealServer } from './server.ts';

let server: RealServer;
let asking: Asking;

beforeAll(async () => {
  server = await RealServer.postgres();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

beforeEach(() => {
  asking = new Asking();
});

afterEach(async () => {
  asking[Symbol.dispose]();
  await until('no socket is left', () => openSockets() === 0);
});

describe('PostgreSQL', () => {
  it('is alive by its startup reply where no credentials are given', async () => {
    expect(outcome(await asking.ask(`postgres://postgres@127.0.0.1:${server.port}`))).toBe('alive: startup answered: asks for a password');
  });

  it('answers SELECT 1 to who proves to know the password', async () => {
    expect(outcome(await asking.ask(`postgres://postgres:s3cret@127.0.0.1:${server.port}/template1`))).toBe('alive: SELECT 1 gave 1');
  });

  it('takes the password as it wants it: in clear text, or as a hash of MD5', async () => {
    for (const role of ['clear', 'hashed']) {
      expect(outcome(await asking.ask(`postgres://${role}:s3cret@127.0.0.1:${server.port}/postgres`))).toBe('alive: SELECT 1 gave 1');
      const { failure } = await asking.ask(`postgres://${role}:wrong@127.0.0.1:${server.port}/postgres`);
      expect(failure).toMatchObject({ cause: 'wrong-answer', code: '28P01' });
    }
  });

  it('is alive where it has no place for who asks without a password', async () => {
    expect(outcome(await asking.ask(`postgres://stranger@127.0.0.1:${server.port}`))).toMatch(
      /^alive: no pg_hba.conf entry for host "127.0.0.1", user "stranger".*\(alive, and refuses this user or database\)$/,
    );
  });

  it('is not alive for who has the wrong password or database', async () => {
    const at = `@127.0.0.1:${server.port}`;
    expect((await asking.ask(`postgres://postgres:wrong${at}`)).failure).toMatchObject({ cause: 'wrong-answer', code: '28P01' });
    expect((await asking.ask(`postgres://postgres:s3cret${at}/none`)).failure).toMatchObject({ cause: 'wrong-answer', code: '3D000' });
  });

  it('is asked in TLS, and its certificate looked at where that is wanted', async () => {
    const url = `postgres://postgres:s3cret@127.0.0.1:${server.port}/postgres`;
    const ca = readFileSync(`${server.folder}/localhost.pem`, 'utf8');
    const encrypted = await asking.ask(`${url}?sslmode=require`);
    expect(outcome(encrypted)).toBe('alive: SELECT 1 gave 1');
    expect(encrypted.tls).toMatchObject({ version: 'TLSv1.3', fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect((await asking.ask(`${url}?sslmode=verify-full`)).failure?.cause).toBe('certificate');
    expect(outcome(await asking.ask(`${url}?sslmode=verify-full`, { ca, servername: 'localhost' }))).toBe('alive: SELECT 1 gave 1');
  });

  it('is not alive when it has no connection left', async () => {
    const url = `postgres://hashed:s3cret@127.0.0.1:${server.port}/postgres`;
    await using _ = await holding(server.port, 8);
    const { failure } = await asking.ask(url);
    expect(failure).toMatchObject({ cause: 'wrong-answer', code: '53300' });
  });

  it('is told from what only listens there', async () => {
    await using chatty = await Answering.by((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(outcome(await asking.ask(`postgres://127.0.0.1:${chatty.port}`))).toContain('what answers is not PostgreSQL');
    await using without = await Answering.by((socket) => socket.once('data', () => socket.write('N')));
    expect((await asking.ask(`postgres://127.0.0.1:${without.port}?sslmode=require`)).failure?.cause).toBe('not-tls');
  });
});

/** Logins that were begun and wait for a password: each holds a connection. */
async function holding(port: number, count: number): Promise<AsyncDisposable> {
  const held: Socket[] = [];
  await until(`${count} connections are held`, async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(startup({ user: 'postgres', database: 'postgres' }));
    const [reply] = (await once(socket, 'data')) as [Buffer];
    // Who was here before may still be leaving.
    if (reply.toString('latin1', 0, 1) === 'R') held.push(socket);
    else socket.destroy();
    return held.length === count;
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(held.map((socket) => socket.closed || once(socket.destroy(), 'close')));
    },
  };
}
