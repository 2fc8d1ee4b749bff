import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import fastify, { type FastifyRequest, LogController } from 'fastify';
import { jsonSchemaTransform, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { SynopticError } from '../core/model/errors.ts';
import { suggestion } from '../core/model/nearest.ts';
import type { Guard } from './auth.ts';
import { closeClients } from './close-clients.ts';
import { LongAnswers } from './long-answers.ts';
import type { App, AppOptions } from './options.ts';
import { Pipelined } from './pipelined.ts';
import { answerProblem, refuseMalformed } from './problems.ts';
import { captureRoutes } from './routes/captures.ts';
import { documentRoutes } from './routes/documents.ts';
import { aliveRoute, readyRoute } from './routes/health.ts';
import { liveRoute } from './routes/live.ts';
import { metricsRoute } from './routes/metrics.ts';
import { observationRoutes } from './routes/observation.ts';
import { pageRoutes } from './routes/page.ts';
import { probeRoutes } from './routes/probes.ts';
import { replayRoutes } from './routes/replay.ts';

/** A message of a client is some hundred bytes; ws closes with 1009 above this. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** How often requests that take too long are looked for. */
const CHECKING_MS = 5000;

/** Only our own scripts, styles and WebSocket; nothing inline, nobody may frame the page. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** The whole application, not yet listening. */
export async function buildApp(options: AppOptions, guard: Guard): Promise<App> {
  const app: App = fastify({
    loggerInstance: options.log,
    // Its request log has the whole URL, and that may hold the token.
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    connectionTimeout: options.limits.idleMs,
    keepAliveTimeout: options.limits.idleMs,
    requestTimeout: options.limits.requestMs,
    http: {
      headersTimeout: options.limits.requestMs,
      connectionsCheckingInterval: Math.min(CHECKING_MS, options.limits.requestMs),
      // Whoever offers something else, as Java and curl do with HTTP/2, is answered in HTTP/1.1 (RFC 9110 §7.8).
      shouldUpgradeCallback: ({ headers }) => /^websocket$/i.test(headers.upgrade ?? ''),
    },
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (error, request, reply) => {
      // No hook runs here, so nobody else ends the connection of an upgrade that is refused; left open it would hold up the stop.
      reply.raw.once('finish', () => request.raw.socket.destroySoon());
      answerProblem(error, request, reply);
    },
  }).withTypeProvider<ZodTypeProvider>();
  // Answers are checked against their schemas by the compiler and by tests, not again on each request.
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(answerProblem);

  app.server.maxConnections = options.limits.connections;
  const known: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET') known.push(url);
  });
  // Before every hook that may refuse: it ends the connection of an upgrade that was answered otherwise.
  await app.register(websocket, {
    options: { maxPayload: MAX_MESSAGE_BYTES },
    // ws has already sent the close code that fits (1009 for a message too long); cutting the connection would lose it.
    errorHandler: (error) => options.log.debug({ err: error }, 'a live client broke the WebSocket protocol'),
    preClose: (done) => {
      closeClients(app.websocketServer.clients).then(() => done(), done);
    },
  });
  const pipelined = new Pipelined(options.limits.pipelined);
  app.addHook('onRequest', async (request, reply) => {
    if (!pipelined.admit(request, reply)) return reply.hijack();
    guard.checkHost(request);
    if (!['GET', 'HEAD'].includes(request.method)) guard.checkOrigin(request);
    if (request.ws && request.routeOptions.url !== '/live') throw nothingAt(request, ['/live']);
    if (guard.allowOrigin(request, reply)) return reply.code(204).send();
  });
  const checkToken = async (request: FastifyRequest): Promise<void> => guard.checkToken(request);

  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // Plain HTTP; whoever puts TLS in front of it sets this there.
    strictTransportSecurity: false,
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Synoptic', version: options.version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  // biome-ignore lint/nursery/noMisusedPromises: fastify takes asynchronous plugins; its overloads hide that from the rule
  await app.register(async (open: App) => {
    aliveRoute(open, options);
    await pageRoutes(open, options);
  });
  // biome-ignore lint/nursery/noMisusedPromises: fastify takes asynchronous plugins; its overloads hide that from the rule
  await app.register(async (guarded: App) => {
    guarded.addHook('onRequest', checkToken);
    readyRoute(guarded, options);
    metricsRoute(guarded, options);
    documentRoutes(guarded);
    const answers = new LongAnswers(options.limits.unreadBytes);
    guarded.addHook('onSend', async (_request, reply, payload) => answers.hold(reply, payload));
    observationRoutes(guarded, options);
    probeRoutes(guarded, options);
    captureRoutes(guarded, options);
    replayRoutes(guarded, options);
    liveRoute(guarded, options, guard);
  });
  app.setNotFoundHandler({ preValidation: checkToken }, (request) => {
    throw nothingAt(
      request,
      known.filter((url) => !url.startsWith('/assets/')),
    );
  });
  await app.ready();
  return app;
}

function nothingAt(request: FastifyRequest, addresses: readonly string[]): SynopticError {
  const path = request.url.split('?')[0] ?? '';
  const what = request.ws ? 'WebSocket' : request.method;
  const expected = `${request.ws ? what : 'GET'} at ${addresses.join(' ')}`;
  return new SynopticError('NOT_FOUND', `There is no ${what} at ${path}.${suggestion(path, addresses)}`, { where: path, expected });
}
