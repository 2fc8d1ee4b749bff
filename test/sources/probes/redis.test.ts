import { expect, it } from 'vitest';
import { Answering, Asking, outcome } from './asking.ts';

it.each([
  ['+PONG\r\n', 'alive: PONG'],
  ['-NOPERM User default has no permissions\r\n', 'alive: NOPERM User default has no permissions (alive, and wants credentials)'],
  ['-LOADING Redis is loading the dataset in memory\r\n', 'wrong-answer: LOADING Redis is loading the dataset in memory'],
  ['-MASTERDOWN Link with MASTER is down\r\n', 'wrong-answer: MASTERDOWN Link with MASTER is down'],
  ['HTTP/1.1 400 Bad Request\r\n', 'wrong-answer: answered "HTTP/1.1 400 Bad Request", which is not Redis'],
  ['+PONGO\r\n', 'wrong-answer: answered "+PONGO", which is not Redis'],
])('%j is %s', async (reply, said) => {
  using asking = new Asking();
  await using server = await Answering.by((socket) => socket.once('data', () => socket.write(reply)));
  expect(outcome(await asking.ask(`redis://127.0.0.1:${server.port}`))).toBe(said);
});
