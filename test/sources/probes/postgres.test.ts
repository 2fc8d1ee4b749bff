import { expect, it } from 'vitest';
import { frame, message } from '../../../src/sources/probes/postgres-message.ts';
import { Answering, Asking, outcome } from './asking.ts';

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** AuthenticationSASL and what follows, with a last word of our choice. */
async function impostor(final: string): Promise<Answering> {
  return await Answering.by((socket) => {
    let step = 0;
    socket.on('data', (data) => {
      step += 1;
      if (step === 1) socket.write(frame('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')])));
      if (step === 2) {
        const nonce = /r=([^,]+)/.exec(data.toString('latin1'))?.[1] ?? '';
        socket.write(frame('R', Buffer.concat([int32(11), Buffer.from(`r=${nonce}more,s=c2FsdA==,i=4096`)])));
      }
      if (step === 3) socket.write(frame('R', Buffer.concat([int32(12), Buffer.from(final)])));
    });
  });
}

it('does not believe a server that takes any password without knowing it', async () => {
  using asking = new Asking();
  await using server = await impostor(`v=${Buffer.alloc(32).toString('base64')}`);
  expect(outcome(await asking.ask(`postgres://u:p@127.0.0.1:${server.port}`))).toBe(
    'wrong-answer: the server did not prove that it knows the password',
  );
});

it('asks for no work without end: a challenge of a billion rounds is refused', async () => {
  using asking = new Asking();
  await using server = await Answering.by((socket) => {
    socket.once('data', () => {
      socket.write(frame('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')])));
      socket.once('data', (data) => {
        const nonce = /r=([^,]+)/.exec(data.toString('latin1'))?.[1] ?? '';
        socket.write(frame('R', Buffer.concat([int32(11), Buffer.from(`r=${nonce},s=c2FsdA==,i=999999999`)])));
      });
    });
  });
  expect((await asking.ask(`postgres://u:p@127.0.0.1:${server.port}`)).failure?.cause).toBe('wrong-answer');
});

it('survives messages cut anywhere, too short to be one, and authentication it does not know', async () => {
  const whole = frame('R', int32(0));
  for (let cut = 0; cut < whole.length; cut++) expect(message(whole.subarray(0, cut))).toBe(null);
  expect(message(whole)).toEqual({ value: { type: 'R', body: int32(0) }, used: 9 });
  using asking = new Asking();
  for (const body of [Buffer.alloc(0), int32(7), Buffer.concat([int32(10), Buffer.from('OTHER\0\0')])]) {
    await using server = await Answering.by((socket) => socket.once('data', () => socket.write(frame('R', body))));
    for (const user of ['', 'u:p@']) {
      const { failure } = await asking.ask(`postgres://${user}127.0.0.1:${server.port}`);
      expect([undefined, 'wrong-answer']).toContain(failure?.cause);
    }
  }
});
