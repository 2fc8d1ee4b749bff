import { z } from 'zod';
import { parseFilter } from '../../formats/filter.ts';
import { FindingsView } from '../../formats/findings.ts';
import { NetstackView } from '../../formats/netstack.ts';
import { Problem } from '../../formats/problem.ts';
import { SocketLife } from '../../formats/socket-life.ts';
import { ConnectionPage, Status, TimeWaitView } from '../../formats/status.ts';
import { VerdictView } from '../../formats/verdict.ts';
import type { App, AppOptions } from '../options.ts';
import { json } from '../printed.ts';
import { count, FILTER, query } from '../query.ts';

const ConnectionsQuery = query({
  filter: FILTER.default('').meta({ description: 'FILTER terms, separated by spaces; all must hold' }),
  limit: count(1, 10_000, 1000).meta({ description: 'Rows at most' }),
  after: count(0, Number.MAX_SAFE_INTEGER, 0).meta({ description: 'Only rows with a higher `sock`: `next` of the page before' }),
});

const FindingsQuery = query({
  filter: FILTER.default('').meta({ description: 'FILTER terms; a finding fits where its subject or one of its sockets does' }),
  limit: count(1, 1000, 200).meta({ description: 'Findings at most, open ones first' }),
});

const SocketPath = z.strictObject({
  sock: z.coerce
    .number({ error: 'the number of a socket' })
    .int({ error: 'the number of a socket' })
    .positive({ error: 'the number of a socket' })
    .meta({ description: '`sock` of an event or a connection; counted anew in each run' }),
});

const VerdictQuery = query({
  filter: FILTER.default('').meta({ description: 'FILTER terms; findings by their subject, targets by their last attempt' }),
  unknown: z.enum(['passing', 'failing']).default('passing').meta({ description: 'Whether 503 is the answer where nothing can be said' }),
});

/** `/api/v1`: what the observation knows now. */
export function observationRoutes(app: App, { core }: AppOptions): void {
  app.get(
    '/api/v1/status',
    { schema: { summary: 'How the observation itself is going', querystring: query({}), response: { 200: Status } } },
    () => core.status(),
  );

  app.get(
    '/api/v1/connections',
    { schema: { summary: 'Tracked connections', querystring: ConnectionsQuery, response: { 200: ConnectionPage, 400: Problem } } },
    async (request, reply) => {
      const { filter, limit, after } = request.query;
      const page = await core.connections(parseFilter(filter).text, limit, after);
      // Printed where it was listed, in slices; the schema above is what a test holds it against.
      return json(reply, page) as never;
    },
  );

  app.get(
    '/api/v1/sockets/:sock',
    {
      schema: {
        summary: 'One socket: all that is remembered of its life, where it lives or ended lately; else nothing',
        params: SocketPath,
        querystring: query({}),
        response: { 200: SocketLife, 400: Problem },
      },
    },
    async (request, reply) => {
      const { sock } = request.params;
      const life = await core.life(sock);
      return json(reply, life) as never;
    },
  );

  app.get(
    '/api/v1/findings',
    {
      schema: { summary: 'What is wrong, on what evidence', querystring: FindingsQuery, response: { 200: FindingsView, 400: Problem } },
    },
    (request) => core.findings(parseFilter(request.query.filter).text, request.query.limit),
  );

  app.get(
    '/api/v1/verdict',
    {
      schema: {
        summary: 'May this be relied on? 200 where nothing or little speaks against it, 503 where it is failing',
        querystring: VerdictQuery,
        response: { 200: VerdictView, 400: Problem, 503: VerdictView.or(Problem) },
      },
    },
    async (request, reply) => {
      const view = await core.verdict(parseFilter(request.query.filter).text);
      const failing = view.verdict === 'failing' || (view.verdict === 'unknown' && request.query.unknown === 'failing');
      return reply.status(failing ? 503 : 200).send(view);
    },
  );

  app.get(
    '/api/v1/time-wait',
    { schema: { summary: 'Who is in TIME_WAIT, and for how long', querystring: query({}), response: { 200: TimeWaitView } } },
    () => core.timeWait(),
  );

  app.get(
    '/api/v1/netstack',
    { schema: { summary: 'Kernel settings that matter to probing', querystring: query({}), response: { 200: NetstackView } } },
    () => core.netstack(),
  );
}
