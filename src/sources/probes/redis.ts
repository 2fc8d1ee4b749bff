import { Fault } from './fault.ts';
import type { Protocol } from './protocol.ts';
import { line, Talk } from './talk.ts';

/** Errors by which a server says that it serves, only not us: it is alive. */
const ALIVE = /^-(NOAUTH|NOPERM|WRONGPASS|DENIED)\b/;

/** PING in RESP2 (redis.io/docs/reference/protocol-spec), after AUTH where there are credentials. */
export const redis: Protocol<'redis'> = {
  async converse({ target, stream, lane, signal }) {
    const talk = new Talk(stream, lane);
    const { user, password } = target;
    if (password !== null) {
      talk.say(command('AUTH', ...(user === null ? [] : [user]), password));
      const reply = await talk.hear(line, signal);
      if (!reply.startsWith('+')) throw wrong(reply);
    }
    talk.say(command('PING'));
    const reply = await talk.hear(line, signal);
    if (reply === '+PONG') return 'PONG';
    if (ALIVE.test(reply)) return `${reply.slice(1)} (alive, and wants credentials)`;
    throw wrong(reply);
  },
};

/** An array of bulk strings. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${Buffer.from(word).toString('latin1')}\r\n`).join('')}`;
}

function wrong(reply: string): Fault {
  const words = reply.startsWith('-') ? reply.slice(1) : `answered ${JSON.stringify(reply.slice(0, 100))}, which is not Redis`;
  return new Fault('wrong-answer', 'answer', words, /^-([A-Z]+)/.exec(reply)?.[1] ?? null);
}
