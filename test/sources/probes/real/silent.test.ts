import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { verdict } from '../../../../src/core/correlate/verdict.ts';
import { until } from '../../../lab/until.ts';
import { Asking, openSockets } from '../asking.ts';

/** Listens with room for one, accepts nobody, and says its port. */
const DEAF = `import socket, sys
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(0)
print(s.getsockname()[1], flush=True); sys.stdin.read()`;

it('a listener whose accept queue is full is silent; the port that asked is known all the same', async () => {
  using asking = new Asking();
  const deaf = spawn('python3', ['-c', DEAF], { stdio: ['pipe', 'pipe', 'inherit'] });
  const fillers: Socket[] = [];
  try {
    const [text] = (await once(deaf.stdout, 'data')) as [Buffer];
    const port = Number(text);
    // A backlog of 0 has room for one.
    for (let i = 0; i < 2; i++) fillers.push(connect(port, '127.0.0.1').on('error', () => undefined));
    await until('the queue is full', () => fillers.some((socket) => !socket.connecting));
    const made = await asking.ask(`tcp://127.0.0.1:${port}`, { timeout: '200ms' });
    expect(made.failure).toMatchObject({ cause: 'silent', during: 'connect', words: 'no answer to the SYN within 200 ms' });
    expect(made.lport).toBeGreaterThan(1023);
    expect(verdict(made, null)).toMatchObject({ responder: 'nobody', couldBe: ['filtered', 'syn-lost', 'kernel-only'] });
  } finally {
    for (const socket of fillers) socket.destroy();
    const gone = once(deaf, 'close');
    deaf.kill();
    await gone;
  }
  await until('no socket is left', () => openSockets() === 0);
});
