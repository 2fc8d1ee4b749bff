import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { App, AppOptions } from '../options.ts';

const NOT_BUILT = `Synoptic is running; its page is not built.

Build it with \`npm run build\` and start again. Without it:
  /api/v1/status   how the observation is going
  /openapi.json    everything else over HTTP
  /live            events, over WebSocket (/asyncapi.json)
`;

/** `/`: the viewer's files as they lie there at the start; nothing else of the folder's surroundings can be asked for. */
export async function pageRoutes(app: App, { viewerDir }: AppOptions): Promise<void> {
  if (!existsSync(join(viewerDir, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, (_request, reply) => reply.type('text/plain; charset=utf-8').send(NOT_BUILT));
    return;
  }
  await app.register(fastifyStatic, {
    root: viewerDir,
    wildcard: false,
    schemaHide: true,
    cacheControl: false,
    // The build leaves a gzip beside each.
    preCompressed: true,
    setHeaders: (reply, path) => {
      // Vite puts a hash into the names of everything but the page itself.
      reply.header('cache-control', /\.html(\.gz)?$/.test(path) ? 'no-cache' : 'public, max-age=31536000, immutable');
    },
  });
}
