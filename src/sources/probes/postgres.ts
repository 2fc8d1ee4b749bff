import { once } from 'node:events';
import { Fault } from './fault.ts';
import { PostgresAuth } from './postgres-auth.ts';
import { errorOf, frame, type Message, message, SSL_REQUEST, startup } from './postgres-message.ts';
import type { Conversation, Protocol } from './protocol.ts';
import { Talk } from './talk.ts';
import { untilAbort } from './until-abort.ts';

/**
 * SQLSTATEs by which a server that was asked without credentials says that it serves, only not us: 28 invalid authorization (no
 * pg_hba.conf entry, no such role), 3D no such database.
 */
const ALIVE = /^(28|3D)/;

/** The startup reply; with a password also the login and SELECT 1. */
export const postgres: Protocol<'postgres'> = {
  async startTls(socket, signal) {
    socket.write(SSL_REQUEST);
    const [reply] = (await untilAbort(once(socket, 'data'), signal)) as [Buffer];
    // From here on TLS reads the socket; what came with that byte would be unencrypted (CVE-2021-23222).
    socket.pause();
    if (reply.length === 1 && reply[0] === 'S'.charCodeAt(0)) return;
    throw new Fault('not-tls', 'tls', reply[0] === 'N'.charCodeAt(0) ? 'the server offers no TLS' : 'what answers is not PostgreSQL');
  },

  async converse(conversation) {
    const { target, stream, lane, signal } = conversation;
    const talk = new Talk(stream, lane);
    talk.say(startup({ user: target.user, database: target.database, application_name: 'synoptic' }));
    const reply = await talk.hear(message, signal);
    if (reply.type === 'E') return refusal(reply, target.password === null);
    if (!isAuthentication(reply)) throw notPostgres(reply);
    if (target.password === null) {
      talk.say(frame('X', Buffer.alloc(0)));
      return reply.body.readInt32BE(0) === 0 ? 'startup answered: welcome without a password' : 'startup answered: asks for a password';
    }
    await logIn(conversation, talk, reply, target.password);
    const value = await selectOne(talk, signal);
    talk.say(frame('X', Buffer.alloc(0)));
    return `SELECT 1 gave ${value}`;
  },
};

function refusal(reply: Message, withoutPassword: boolean): string {
  const { code, words } = errorOf(reply);
  if (withoutPassword && ALIVE.test(code)) return `${words} (alive, and refuses this user or database)`;
  throw new Fault('wrong-answer', 'answer', words, code);
}

async function logIn({ target, signal }: Conversation<'postgres'>, talk: Talk, first: Message, password: string): Promise<void> {
  const auth = new PostgresAuth(target, password);
  for (let reply = first; ; reply = await talk.hear(message, signal)) {
    if (isAuthentication(reply)) {
      const answer = await auth.answer(reply);
      if (answer !== null) talk.say(answer);
    } else if (reply.type === 'E') refusal(reply, false);
    // Ready for a query; what comes before are settings (S), a key (K) and notices (N).
    else if (reply.type === 'Z') return;
    else if (!'SKN'.includes(reply.type)) throw notPostgres(reply);
  }
}

async function selectOne(talk: Talk, signal: AbortSignal): Promise<string> {
  talk.say(frame('Q', Buffer.from('SELECT 1\0')));
  let value: string | null = null;
  for (;;) {
    const reply = await talk.hear(message, signal);
    // A row: number of columns (2 bytes), then length (4 bytes) and text of each.
    if (reply.type === 'D') value = reply.body.toString('utf8', 6);
    else if (reply.type === 'E') refusal(reply, false);
    else if (reply.type === 'Z') break;
  }
  if (value !== '1') throw new Fault('wrong-answer', 'answer', `SELECT 1 gave ${value ?? 'no row'}`);
  return value;
}

/** `R` and a code of four bytes, at least. */
function isAuthentication({ type, body }: Message): boolean {
  return type === 'R' && body.length >= 4;
}

function notPostgres({ body }: Message): Fault {
  return new Fault('wrong-answer', 'answer', `what answers is not PostgreSQL: ${JSON.stringify(body.toString('latin1', 0, 60))}`);
}
