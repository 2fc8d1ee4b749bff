import { Fault } from './fault.ts';
import type { Conversation, Pooled, Protocol } from './protocol.ts';
import { command } from './redis.ts';
import { line, Talk } from './talk.ts';

/**
 * A beat on a connection that stays open. Each carries the number of beats on this connection: a server that counts them itself, or names
 * the connection (Redis: CLIENT ID), shows that the connection has silently moved to another one when number or name differ.
 */
export const heartbeat: Protocol<'heartbeat'> = {
  async converse(conversation) {
    const { stream, lane, target } = conversation;
    const pooled = conversation.pooled ?? { talk: new Talk(stream, lane), beat: 1, misses: 0, peerName: null };
    return target.dialect === 'redis' ? await redisBeat(conversation, pooled) : await lineBeat(conversation, pooled);
  },
};

async function lineBeat({ signal }: Conversation<'heartbeat'>, { talk, beat, misses }: Pooled): Promise<string> {
  talk.say(`PING ${beat}\r\n`);
  for (;;) {
    const heard = await talk.hear(line, signal);
    const number = Number(/^PONG (\d{1,15})$/.exec(heard)?.[1]);
    if (number === beat) return `PONG ${beat}`;
    // A late answer to a beat that was missed: this one's is still to come.
    if (number < beat && number >= beat - misses) continue;
    if (Number.isNaN(number))
      throw new Fault('wrong-answer', 'answer', `answered ${JSON.stringify(heard.slice(0, 100))}, not PONG ${beat}`);
    throw new Fault('other-server', 'answer', `counts ${number} beats on this connection where ${beat} were sent`);
  }
}

/** The echo is a bulk string of the number; the connection's id an integer. */
async function redisBeat({ signal }: Conversation<'heartbeat'>, pooled: Pooled): Promise<string> {
  const { talk, beat, misses } = pooled;
  talk.say(command('PING', String(beat)) + command('CLIENT', 'ID'));
  for (;;) {
    const length = await talk.hear(line, signal);
    if (length.startsWith('-')) throw new Fault('wrong-answer', 'answer', length.slice(1), /^-([A-Z]+)/.exec(length)?.[1] ?? null);
    if (!length.startsWith('$'))
      throw new Fault('wrong-answer', 'answer', `answered ${JSON.stringify(length.slice(0, 100))}, which is not Redis`);
    const echo = await talk.hear(line, signal);
    const name = await talk.hear(line, signal);
    if (Number(echo) < beat && Number(echo) >= beat - misses) continue;
    if (echo !== String(beat)) throw new Fault('wrong-answer', 'answer', `echoed ${JSON.stringify(echo.slice(0, 100))}, not ${beat}`);
    const known = pooled.peerName;
    // An error here (CLIENT not allowed) only means that the connection has no name.
    if (name.startsWith(':')) pooled.peerName = name;
    if (known !== null && name.startsWith(':') && name !== known) {
      throw new Fault('other-server', 'answer', `calls this connection ${name.slice(1)}, and called it ${known.slice(1)} before`);
    }
    return `PONG ${beat}`;
  }
}
