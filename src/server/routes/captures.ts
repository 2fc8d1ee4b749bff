import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { CaptureId, CaptureList, CaptureSummary, FreezeRequest, NoteRequest } from '../../formats/capture/summary.ts';
import { Problem } from '../../formats/problem.ts';
import type { App, AppOptions } from '../options.ts';
import { query } from '../query.ts';

const Id = z.strictObject({ id: CaptureId });

/** `/api/v1/captures`: what is kept for later. */
export function captureRoutes(app: App, { core }: AppOptions): void {
  const querystring = query({});
  app.get(
    '/api/v1/captures',
    { schema: { summary: 'Frozen captures, and the flight recorder', querystring, response: { 200: CaptureList } } },
    () => core.captures(),
  );

  app.post(
    '/api/v1/captures',
    {
      schema: {
        summary: 'Freezes what the flight recorder holds; ask for the capture until it is `ready`',
        querystring,
        body: FreezeRequest.nullable().default(null),
        response: { 202: CaptureSummary, 400: Problem, 503: Problem },
      },
    },
    async (request, reply) => {
      const summary = await core.freeze(request.body ?? FreezeRequest.parse({}));
      return reply.code(202).header('location', `/api/v1/captures/${summary.id}`).send(summary);
    },
  );

  app.get(
    '/api/v1/captures/:id',
    { schema: { summary: 'One capture', params: Id, querystring, response: { 200: CaptureSummary, 404: Problem } } },
    (request) => core.capture(request.params.id),
  );

  app.get(
    '/api/v1/captures/:id/file',
    { schema: { summary: 'The capture itself, for `synoptic replay`', params: Id, querystring, response: { 404: Problem } } },
    async (request, reply) => {
      const { id } = request.params;
      const { path, bytes } = await core.captureFile(id);
      // Opened first: one that was removed meanwhile is a fault of its own, not of the answer’s middle.
      const handle = await open(path, 'r');
      const end = { start: 0, end: bytes - 1, fd: handle };
      return reply
        .type('application/octet-stream')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${id}.capture"`)
        .send(createReadStream('', end) as never);
    },
  );

  app.delete(
    '/api/v1/captures/:id',
    { schema: { summary: 'Removes a capture for good', params: Id, querystring, response: { 204: z.null(), 404: Problem } } },
    async (request, reply) => {
      await core.removeCapture(request.params.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/v1/captures/:id/notes',
    {
      schema: {
        summary: 'Adds a note to a capture',
        params: Id,
        querystring,
        body: NoteRequest,
        response: { 201: CaptureSummary, 404: Problem },
      },
    },
    async (request, reply) => reply.code(201).send(await core.noteCapture(request.params.id, request.body.text)),
  );
}
