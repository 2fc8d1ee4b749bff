import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { LiveSink } from '../sinks/live.ts';
import type { MetricsSink } from '../sinks/metrics.ts';
import type { Observation } from '../sinks/observation.ts';

export interface ServerOptions {
  /** Host name or address, IPv6 without brackets; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Must be sent by clients where it is not null; needed for any address beyond loopback. */
  readonly token: string | null;
  /** Origins of pages served elsewhere that may connect, as browsers send them: `https://ops.example.net`. */
  readonly allowedOrigins: readonly string[];
  readonly observation: Observation;
  readonly live: LiveSink;
  readonly metrics: MetricsSink;
  /** The built viewer; may not exist. */
  readonly viewerDir: string;
  readonly log: FastifyBaseLogger;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
