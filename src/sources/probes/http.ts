import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { JsonAssertion } from '../../core/model/target.ts';
import { Fault } from './fault.ts';
import type { Conversation, Protocol } from './protocol.ts';
import { untilAbort } from './until-abort.ts';

/** As much of a body as is read, bytes; what is longer is cut, and an assertion on it fails. */
const MAX_BODY = 1024 * 1024;

/** Informational answers (1xx) before the real one: a server may send several, and one that sends them without end would keep the loop busy. */
const MAX_INFORMATIONAL = 16;

/**
 * One request, HTTP/1.1, and the assertions on its answer. Redirects are an answer like any other and are not followed: one attempt is
 * one socket, and a redirect loop is one attempt.
 */
export const http: Protocol<'http'> = {
  async converse(conversation) {
    const { lane, signal } = conversation;
    const asked = ask(conversation);
    try {
      const response = await untilAbort(answerTo(asked), signal);
      // Node closes the socket right behind the answer's end.
      response.once('end', () => {
        lane.mark('done');
        lane.mark('closeCalled');
      });
      check(conversation, response);
      const body = await untilAbort(bodyOf(response, conversation.stream), signal);
      checkBody(conversation.target.json, body);
      return `${response.statusCode} ${response.statusMessage ?? ''}`.trim() + (body.cut ? `; body cut at ${MAX_BODY} bytes` : '');
    } finally {
      lane.mark('done');
      lane.mark('closeCalled');
      asked.destroy();
    }
  },
};

function ask({ target, stream, lane, requestId }: Conversation<'http'>): ClientRequest {
  lane.during = 'request';
  const { host, port, tls } = target;
  const standard = port === (tls === null ? 80 : 443);
  const asked = request({
    // The socket is there already; without an agent it serves this request alone.
    createConnection: () => stream,
    method: target.method,
    path: target.path,
    headers: {
      Host: `${host.includes(':') ? `[${host}]` : host}${standard ? '' : `:${port}`}`,
      'User-Agent': 'synoptic',
      Accept: '*/*',
      'Accept-Encoding': 'identity',
      Connection: 'close',
      'X-Request-ID': requestId,
      ...target.headers,
    },
    setHost: false,
  });
  // By now the parser listens, too: a second listener takes no byte from it.
  asked.once('socket', (socket) => socket.once('data', () => lane.mark('firstByte')));
  lane.mark('firstWrite');
  asked.end();
  lane.during = 'answer';
  return asked;
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  asked.once('response', resolve);
  let informational = 0;
  asked.on('information', () => {
    informational += 1;
    if (informational <= MAX_INFORMATIONAL) return;
    reject(new Fault('wrong-answer', 'answer', `more than ${MAX_INFORMATIONAL} informational answers (1xx), and no other`));
    asked.destroy();
  });
  asked.on('error', (error: NodeJS.ErrnoException) => {
    const { code = '' } = error;
    if (code.startsWith('HPE_')) reject(new Fault('wrong-answer', 'answer', `what answers does not speak HTTP: ${error.message}`, code));
    else if (error.message === 'socket hang up')
      reject(new Fault('ended-early', 'answer', 'the far end closed before it had answered', code));
    else reject(error);
  });
  return promise;
}

function check({ target }: Conversation<'http'>, { statusCode = 0, headers }: IncomingMessage): void {
  if (!target.status.some(({ from, to }) => statusCode >= from && statusCode <= to)) {
    const wanted = target.status.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(', ');
    const where = headers.location === undefined ? '' : ` to ${headers.location} (redirects are not followed: probe that place itself)`;
    throw new Fault('wrong-answer', 'answer', `status ${statusCode}${where}, expected ${wanted}`, String(statusCode));
  }
  for (const [name, text] of Object.entries(target.expectHeaders)) {
    const value = headers[name.toLowerCase()];
    const found = Array.isArray(value) ? value.join(', ') : value;
    if (found === undefined) throw new Fault('wrong-answer', 'answer', `no header ${name}`);
    if (!found.includes(text))
      throw new Fault('wrong-answer', 'answer', `header ${name} is ${JSON.stringify(found)}, without ${JSON.stringify(text)}`);
  }
}

interface Body {
  readonly text: string;
  readonly cut: boolean;
}

async function bodyOf(response: IncomingMessage, stream: Socket): Promise<Body> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_BODY) return { text: '', cut: true };
    }
  } catch (error) {
    // Node calls both a reset and an early end "aborted"; only the socket knows which it was.
    throw (
      stream.errored ?? (response.complete ? error : new Fault('ended-early', 'answer', 'the far end closed before its answer was whole'))
    );
  }
  return { text: Buffer.concat(pieces).toString('utf8'), cut: false };
}

function checkBody(assertions: readonly JsonAssertion[], body: Body): void {
  if (assertions.length === 0) return;
  if (body.cut) throw new Fault('wrong-answer', 'answer', `the body is longer than ${MAX_BODY} bytes; assertions read no further`);
  const json = parsed(body.text);
  for (const { path, oneOf } of assertions) {
    const value = at(json, path);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (value === undefined) throw new Fault('wrong-answer', 'answer', `the body has no ${path}`);
    if (!oneOf.includes(text))
      throw new Fault('wrong-answer', 'answer', `${path} is ${text.slice(0, 200)}, expected ${oneOf.join(' or ')}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault('wrong-answer', 'answer', `the body is not JSON: ${JSON.stringify(text.slice(0, 60))}`);
  }
}

/** `checks.0.state` in nested objects and lists; undefined where a step is not there. Own properties only: `constructor` is no path. */
function at(json: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    return Object.getOwnPropertyDescriptor(value, step)?.value;
  }, json);
}
