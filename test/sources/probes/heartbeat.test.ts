import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
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

/** Answers PING with its own count of them; `skip` leaves one out. */
function counting(start = 0, skip: (beat: number) => boolean = () => false): (socket: Socket) => void {
  return (socket) => {
    let beats = start;
    createInterface(socket).on('line', () => {
      beats += 1;
      if (!skip(beats)) socket.write(`PONG ${beats}\r\n`);
    });
  };
}

describe('a heartbeat', () => {
  it('beats again and again on one connection', async () => {
    await using server = await Answering.by(counting());
    const url = `heartbeat://127.0.0.1:${server.port}`;
    const first = await asking.ask(url);
    const second = await asking.ask(url);
    expect([outcome(first), outcome(second)]).toEqual(['alive: PONG 1', 'alive: PONG 2']);
    expect(server.accepted).toBe(1);
    expect(second.lport).toBe(first.lport);
    expect(second.moments).toMatchObject({ connectCalled: null, connected: null, closed: null });
    expect(second.pooled).toMatchObject({ reused: true, beat: 2, openedNs: first.moments.connected, replaced: null });
    expect([second.bytesSent, second.bytesReceived]).toEqual([8, 8]);
  });

  it('forgives one miss and takes the late answer for what it is', async () => {
    let late: (() => void) | null = null;
    await using server = await Answering.by((socket) => {
      let beats = 0;
      createInterface(socket).on('line', () => {
        beats += 1;
        const answer = `PONG ${beats}\r\n`;
        if (beats === 2) late = () => socket.write(answer);
        else {
          late?.();
          socket.write(answer);
        }
      });
    });
    const url = `heartbeat://127.0.0.1:${server.port}`;
    const made = [];
    for (let i = 0; i < 3; i++) made.push(outcome(await asking.ask(url, { timeout: '100ms' })));
    expect(made).toEqual(['alive: PONG 1', 'no-answer: connected, and not a byte of an answer within 100 ms', 'alive: PONG 3']);
    expect(server.accepted).toBe(1);
  });

  it('gives a connection up after two misses, closes it at once, and says why the next is new', async () => {
    await using server = await Answering.by(counting(0, (beat) => beat > 1));
    const url = `heartbeat://127.0.0.1:${server.port}`;
    for (let i = 0; i < 3; i++) await asking.ask(url, { timeout: '60ms' });
    await until('the dirty connection is closed', () => server.sockets.size === 0);
    expect((await asking.ask(url)).pooled).toMatchObject({ reused: false, beat: 1, replaced: '2 beats in a row were not answered' });
    expect(server.accepted).toBe(2);
  });

  it('replaces a connection that the far end closed while it was idle', async () => {
    await using server = await Answering.by(counting());
    const url = `heartbeat://127.0.0.1:${server.port}`;
    await asking.ask(url);
    for (const socket of server.sockets) socket.end();
    await until('the far end has closed', () => server.sockets.size === 0);
    const next = await asking.ask(url);
    expect(outcome(next)).toBe('alive: PONG 1');
    expect(next.pooled?.replaced).toBe('the far end closed it');
  });

  it('replaces a connection that was idle for too long', async () => {
    await using server = await Answering.by(counting());
    const url = `heartbeat://127.0.0.1:${server.port}`;
    await asking.ask(url, { idle: '1s' });
    const target = { name: url, idleMs: 0 };
    expect(asking.pool.take(target.name, target.idleMs)).toBe(null);
    expect((await asking.ask(url)).pooled).toMatchObject({ reused: false, replaced: 'it was idle for 0 s' });
  });

  it('shows a connection that was silently moved to another server: the count of beats is not ours', async () => {
    await using server = await Answering.by((socket) => {
      let beats = 0;
      createInterface(socket).on('line', () => {
        beats += 1;
        // After three beats another server, which has seen none of them, answers.
        socket.write(`PONG ${beats > 3 ? beats - 3 : beats}\r\n`);
      });
    });
    const url = `heartbeat://127.0.0.1:${server.port}`;
    const made = [];
    for (let i = 0; i < 4; i++) made.push(outcome(await asking.ask(url)));
    expect(made[3]).toBe('other-server: counts 1 beats on this connection where 4 were sent');
  });

  it('does not take anything for a PONG', async () => {
    await using server = await Answering.by((socket) => socket.write('HELLO\r\n'));
    expect(outcome(await asking.ask(`heartbeat://127.0.0.1:${server.port}`))).toBe('wrong-answer: answered "HELLO", not PONG 1');
  });
});
