import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { Fault } from './fault.ts';
import { healthRequest, healthStatus } from './grpc-message.ts';
import type { Conversation, Protocol } from './protocol.ts';
import { untilAbort } from './until-abort.ts';

/** A HealthCheckResponse is a few bytes. */
const MAX_ANSWER = 1024;

/** grpc-status of what is no failure of the server's health (github.com/grpc/grpc/blob/master/doc/statuscodes.md). */
const OK = '0';
const NOT_FOUND = '5';
const UNIMPLEMENTED = '12';

/** grpc.health.v1.Health/Check over HTTP/2, plain (prior knowledge) or in TLS. */
export const grpc: Protocol<'grpc'> = {
  alpn: ['h2'],

  async converse(conversation) {
    const { lane, signal } = conversation;
    lane.during = 'request';
    const session = sessionOn(conversation);
    const { promise: broken, reject } = Promise.withResolvers<never>();
    session.on('error', (error: NodeJS.ErrnoException) => reject(asFault(error)));
    session.once('close', () => reject(new Fault('ended-early', 'answer', 'the far end closed before it had answered')));
    session.once('remoteSettings', () => lane.mark('firstByte'));
    try {
      return await untilAbort(Promise.race([check(session, conversation), broken]), signal);
    } finally {
      lane.mark('done');
      lane.mark('closeCalled');
      session.destroy();
    }
  },
};

function sessionOn({ target, stream }: Conversation<'grpc'>): ClientHttp2Session {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return connect(`${target.tls === null ? 'http' : 'https'}://${host}:${target.port}`, {
    createConnection: () => stream,
    settings: { enablePush: false },
  });
}

async function check(session: ClientHttp2Session, { target, lane, requestId }: Conversation<'grpc'>): Promise<string> {
  const asked = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'synoptic',
    'x-request-id': requestId,
  });
  lane.mark('firstWrite');
  asked.end(healthRequest(target.service));
  lane.during = 'answer';
  const { headers, body } = await answerTo(asked, lane.mark.bind(lane, 'firstByte'));
  const http = Number(headers[constants.HTTP2_HEADER_STATUS]);
  if (http !== 200) throw wrong(`HTTP status ${http}: what answers is no gRPC server`, String(http));
  const status = String(headers['grpc-status'] ?? '');
  if (status === NOT_FOUND) throw wrong(`the server knows no service ${JSON.stringify(target.service)}`, 'NOT_FOUND');
  if (status === UNIMPLEMENTED) throw wrong('the server speaks gRPC and has no grpc.health.v1', 'UNIMPLEMENTED');
  if (status !== OK) throw wrong(`grpc-status ${status || 'missing'}: ${wordsOf(headers)}`, status || null);
  const serving = healthStatus(body);
  if (serving !== 'SERVING') throw wrong(`${target.service === '' ? 'the server' : target.service} is ${serving}`, serving);
  return serving;
}

interface Answer {
  /** Trailers go before headers of the same name: an error alone comes in the headers. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function answerTo(asked: ClientHttp2Stream, onFirst: () => void): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let headers: IncomingHttpHeaders = {};
  let body = Buffer.alloc(0);
  asked.once('response', (first) => {
    onFirst();
    headers = { ...first };
  });
  asked.once('trailers', (last) => {
    headers = { ...headers, ...last };
  });
  asked.on('data', (piece: Buffer) => {
    body = Buffer.concat([body, piece]);
    if (body.length > MAX_ANSWER) reject(wrong(`more than ${MAX_ANSWER} bytes came, which is no HealthCheckResponse`));
  });
  asked.once('error', (error: NodeJS.ErrnoException) => reject(asFault(error)));
  asked.once('end', () => resolve({ headers, body }));
  return await promise;
}

function wordsOf(headers: IncomingHttpHeaders): string {
  const text = String(headers['grpc-message'] ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wrong(words: string, code: string | null = null): Fault {
  return new Fault('wrong-answer', 'answer', words, code);
}

/** HTTP/2's own errors mean that something else listens there, or that it ended the conversation. */
function asFault(error: NodeJS.ErrnoException): Error {
  const { code = '' } = error;
  return code.startsWith('ERR_HTTP2') ? wrong(`what answers broke off HTTP/2: ${error.message}`, code) : error;
}
