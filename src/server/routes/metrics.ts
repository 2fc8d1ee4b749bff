import { z } from 'zod';
import type { App, AppOptions } from '../options.ts';
import { query } from '../query.ts';

/** `/metrics`, in Prometheus's text format. */
export function metricsRoute(app: App, { core }: AppOptions): void {
  const response = { 200: { content: { 'text/plain': { schema: z.string() } } } };
  app.get('/metrics', { schema: { summary: 'Prometheus metrics', querystring: query({}), response } }, async (_request, reply) => {
    const { contentType, text } = await core.metrics();
    return reply.type(contentType).send(text);
  });
}
