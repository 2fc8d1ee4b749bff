import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { SynopticError } from '../../src/core/model/errors.ts';
import { Problem } from '../../src/formats/problem.ts';
import { errorOf, faultOf } from '../../src/server/messages.ts';
import { connection } from '../sinks/observed.ts';
import { ask, serve } from './served.ts';

/** Blocks the observing thread, as a storm might. */
function busy(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('the serving thread', () => {
  it('answers 503 in words where the observing one does not answer in time, and goes on', async () => {
    await using served = await serve({ answerWithinMs: 100 });
    const real = served.observed.netstack;
    served.observed.netstack = () => new Promise(() => undefined);
    const answer = await ask(served.server, '/api/v1/netstack');
    expect([answer.status, Problem.parse(answer.json())]).toMatchObject([
      503,
      { code: 'CORE_SILENT', message: expect.stringContaining('0.1 s') },
    ]);
    served.observed.netstack = real;
    expect((await ask(served.server, '/api/v1/netstack')).status).toBe(200);
  });

  it('is not alive to a health check while the observing one hangs', async () => {
    await using served = await serve({ answerWithinMs: 50 });
    const socket = connect({ host: served.server.host, port: served.server.port });
    await once(socket, 'connect');
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'); // the kernel has it at once
    busy(500);
    expect(await text(socket)).toContain('HTTP/1.1 503 ');
    expect((await ask(served.server, '/healthz')).status).toBe(200);
  });

  it('gives a long list in JSON that it did not have to print', async () => {
    await using served = await serve();
    served.observed.table = Array.from({ length: 1200 }, (_, i) => connection(i + 1));
    for (const limit of [1, 250, 251, 1200, 5000]) {
      const answer = await ask(served.server, `/api/v1/connections?limit=${limit}`);
      const next = limit <= 1200 ? limit : null;
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.json()).toEqual({ seq: 0, filter: '', total: 1200, next, connections: served.observed.table.slice(0, limit) });
    }
  });
});

describe('an error that goes from one thread to the other', () => {
  it('keeps its code and its words', () => {
    const error = new SynopticError('LISTEN_REFUSED', 'no', { where: 'listen', mend: 'do' });
    expect(errorOf(structuredClone(faultOf(error)))).toEqual(error);
    expect(errorOf(faultOf(error))).toMatchObject({ code: 'LISTEN_REFUSED', exit: 2, text: error.text });
  });

  it('that nobody foresaw keeps its stack', () => {
    const error = new TypeError('disk on fire');
    expect(errorOf(structuredClone(faultOf(error)))).toMatchObject({ message: 'disk on fire', stack: error.stack });
    expect(errorOf(faultOf('a text'))).toMatchObject({ message: 'a text' });
  });
});
