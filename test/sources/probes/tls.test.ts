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

describe('a TLS handshake', () => {
  it('that the far end closes with a FIN ended early, though Node calls it ECONNRESET', async () => {
    await using server = await Answering.by((socket) => socket.once('data', () => socket.end()));
    expect(outcome(await asking.ask(`tls://127.0.0.1:${server.port}`))).toBe('ended-early: the far end closed during the TLS handshake');
  });

  it('that the far end resets was reset', async () => {
    await using server = await Answering.by((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(outcome(await asking.ask(`tls://127.0.0.1:${server.port}`))).toBe('reset: read ECONNRESET');
  });

  it('with something that speaks no TLS says so in words, without OpenSSL’s addresses and source lines', async () => {
    await using server = await Answering.by((socket) => socket.once('data', () => socket.write('SSH-2.0-OpenSSH_9\r\n')));
    expect(outcome(await asking.ask(`tls://127.0.0.1:${server.port}`))).toBe('not-tls: wrong version number');
  });
});
