import { z } from 'zod';
import { ClientMessage, LIVE_PROTOCOL, ServerMessage } from '../../formats/live.ts';
import type { App } from '../options.ts';
import { json } from '../printed.ts';

/** `/openapi.json` (3.1) for HTTP, `/asyncapi.json` (3.0) for `/live`; both are made of the schemas that requests are checked with. */
export function documentRoutes(app: App): void {
  const openApi = once(() => app.swagger());
  const ofLive = once(asyncApi);
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => json(reply, openApi()));
  app.get('/asyncapi.json', { schema: { hide: true } }, (_request, reply) => json(reply, ofLive()));
}

/** Printed at the first request: they are long, and nothing in them changes. */
function once(make: () => object): () => Buffer {
  let printed: Buffer | null = null;
  return () => (printed ??= Buffer.from(JSON.stringify(make())));
}

function asyncApi(): object {
  const messages = { client: message(ClientMessage), server: message(ServerMessage) };
  const channel = '#/channels/live';
  return {
    asyncapi: '3.0.0',
    info: { title: 'Synoptic live stream', version: String(LIVE_PROTOCOL) },
    channels: { live: { address: '/live', messages } },
    operations: {
      receive: { action: 'receive', channel: { $ref: channel }, messages: [{ $ref: `${channel}/messages/client` }] },
      send: { action: 'send', channel: { $ref: channel }, messages: [{ $ref: `${channel}/messages/server` }] },
    },
  };
}

function message(schema: z.ZodType): object {
  return { contentType: 'application/json', payload: z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) };
}
