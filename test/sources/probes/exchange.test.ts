import { describe, expect, it } from 'vitest';
import { Answering, Asking, outcome } from './asking.ts';

describe('an exchange', () => {
  it('waits for a greeting, sends, and gives the line in which the last expected text stood', async () => {
    using asking = new Asking();
    await using server = await Answering.by((socket) => {
      socket.write('220 mail.example ready\r\n');
      socket.on('data', (text) => socket.write(String(text) === 'NOOP\r\n' ? '250 fine\r\n' : '500 what?\r\n'));
    });
    const url = `exchange://127.0.0.1:${server.port}`;
    const steps = [{ expect: '220 ' }, { send: 'NOOP\r\n' }, { expect: '250 fine' }];
    expect(outcome(await asking.ask(url, { steps }))).toBe('alive: 250 fine');
  });

  it('finds its text however the bytes are cut', async () => {
    using asking = new Asking();
    await using server = await Answering.by((socket) => {
      const pieces = [...'noise and READY'];
      const next = (): void => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
      };
      next();
    });
    expect((await asking.ask(`exchange://127.0.0.1:${server.port}`, { steps: [{ expect: 'READY' }] })).failure).toBe(null);
  });

  it('says what was waited for where the far end closes without it', async () => {
    using asking = new Asking();
    await using server = await Answering.by((socket) => socket.end('no'));
    const made = await asking.ask(`exchange://127.0.0.1:${server.port}`, { steps: [{ expect: 'yes' }] });
    expect(outcome(made)).toBe('ended-early: the far end closed before "yes" came');
  });

  it('sends bytes as they are', async () => {
    using asking = new Asking();
    let got = Buffer.alloc(0);
    await using server = await Answering.by((socket) =>
      socket.on('data', (data) => {
        got = Buffer.concat([got, data]);
        socket.write('k');
      }),
    );
    await asking.ask(`exchange://127.0.0.1:${server.port}`, { steps: [{ send: '\x00\xff\r' }, { expect: 'k' }] });
    expect([...got]).toEqual([0, 255, 13]);
  });
});
