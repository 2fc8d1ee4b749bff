import { z } from 'zod';
import type { App, ServerOptions } from '../options.ts';
import { query } from '../query.ts';

/** `/metrics`, in Prometheus's text format. */
export function metricsRoute(app: App, { metrics }: ServerOptions): void {
  const { registry } = metrics;
  const response = { 200: { content: { 'text/plain': { schema: z.string() } } } };
  app.get('/metrics', { schema: { summary: 'Prometheus metrics', querystring: query({}), response } }, async (_request, reply) => {
    const text = await registry.metrics();
    return reply.type(registry.contentType).send(text);
  });
}
