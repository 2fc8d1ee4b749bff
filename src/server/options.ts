import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Core } from './core.ts';
import type { LiveClients } from './live-clients.ts';
import type { WorkerOptions } from './messages.ts';

/** What the application is made of, in the serving thread. */
export interface AppOptions extends Pick<WorkerOptions, 'listen' | 'token' | 'allowedOrigins' | 'viewerDir' | 'version' | 'limits'> {
  readonly core: Core;
  readonly live: LiveClients;
  readonly log: FastifyBaseLogger;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** As it stands in an address: IPv6 in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
