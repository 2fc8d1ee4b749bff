import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { SynopticError } from '../../core/model/errors.ts';
import { problemOf } from '../../formats/problem.ts';
import { Allowance } from '../allowance.ts';
import type { Guard } from '../auth.ts';
import { parseClientMessage } from '../live-message.ts';
import type { App, AppOptions } from '../options.ts';

/** Each may hold some MiB of what it does not read. */
const MAX_CLIENTS = 256;
/** WebSocket close codes, RFC 6455 §7.4.1 and the IANA registry. */
const UNSUPPORTED_DATA = 1003;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
const POLICY_VIOLATION = 1008;
/** Whoever was told to go is cut after this, ms. */
const GOING_MS = 1000;

/** `/live`: the event stream, see formats/live.ts. */
export function liveRoute(app: App, { live, log, limits }: AppOptions, guard: Guard): void {
  app.route({
    method: 'GET',
    url: '/live',
    schema: { hide: true },
    onRequest: async (request: FastifyRequest) => guard.checkOrigin(request),
    handler: (_request, reply) =>
      reply
        .code(426)
        .header('upgrade', 'websocket')
        .send(problemOf(new SynopticError('REQUEST_INVALID', 'This address speaks WebSocket.', { expected: 'a WebSocket upgrade' }))),
    wsHandler: (socket: WebSocket) => {
      if (live.size >= MAX_CLIENTS) {
        log.warn({ clients: live.size }, 'a live client was turned away: there are too many');
        socket.close(TRY_AGAIN_LATER, 'too many clients');
        return;
      }
      const session = live.connect({
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        // A socket that closes while something is on its way says so by its close event, not here.
        send: (bytes, taken) => socket.send(bytes, { binary: false }, taken),
      });
      socket.on('close', () => session.close());
      const allowance = new Allowance(limits.messages, performance.now());
      /** Each frame costs: a message is read and may cost a snapshot, a ping is answered, though nobody may read the answers. */
      const isAllowed = (): boolean => {
        if (socket.readyState !== socket.OPEN) return false;
        if (allowance.take(performance.now())) return true;
        log.warn('a live client was closed: it sends too many messages');
        session.close();
        socket.close(POLICY_VIOLATION, 'too many messages');
        setTimeout(() => socket.terminate(), GOING_MS).unref();
        return false;
      };
      socket.on('ping', isAllowed);
      socket.on('pong', isAllowed);
      socket.on('message', (data, isBinary) => {
        if (!isAllowed()) return undefined;
        if (isBinary) return socket.close(UNSUPPORTED_DATA, 'text only');
        try {
          const { kinds, filter } = parseClientMessage(String(data));
          session.subscribe(kinds, filter.text);
        } catch (error) {
          if (error instanceof SynopticError) {
            session.tell({ type: 'error', ...problemOf(error) });
            return;
          }
          log.error({ err: error }, 'a live message could not be handled');
          socket.close(INTERNAL_ERROR, 'Synoptic itself failed');
        }
      });
    },
  });
}
