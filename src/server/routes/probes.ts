import { z } from 'zod';
import { SynopticError } from '../../core/model/errors.ts';
import { parseFilter } from '../../formats/filter.ts';
import { HEALTHS, ProbeDetail, ProbePage } from '../../formats/probes.ts';
import { Problem } from '../../formats/problem.ts';
import type { App, AppOptions } from '../options.ts';
import { json } from '../printed.ts';
import { count, FILTER, query } from '../query.ts';

const HEALTH = `one or more of ${HEALTHS.join(' ')}, separated by commas`;

const ProbesQuery = query({
  filter: FILTER.default('').meta({ description: 'FILTER terms, held against each target’s last attempt; all must hold' }),
  health: z
    .string({ error: HEALTH })
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(HEALTHS, { error: HEALTH })))
    .optional()
    .meta({ description: HEALTH }),
  limit: count(1, 10_000, 1000).meta({ description: 'Rows at most' }),
  after: count(0, Number.MAX_SAFE_INTEGER, 0).meta({ description: 'Only rows with a higher `id`: `next` of the page before' }),
});

/** `/api/v1/probes`: what is probed, and how it stands. */
export function probeRoutes(app: App, { core }: AppOptions): void {
  app.get(
    '/api/v1/probes',
    { schema: { summary: 'What is probed, and how it stands', querystring: ProbesQuery, response: { 200: ProbePage, 400: Problem } } },
    async (request, reply) => {
      const { filter, health = [], limit, after } = request.query;
      const page = await core.probes(parseFilter(filter).text, health, limit, after);
      // Printed where it was listed; the schema above is what a test holds it against.
      return json(reply, page) as never;
    },
  );

  const params = z.strictObject({ target: z.string().meta({ description: 'As listed, percent-encoded: tcp%3A%2F%2F10.0.0.7%3A443' }) });
  app.get(
    '/api/v1/probes/:target',
    {
      schema: {
        summary: 'One target, and its last attempts',
        params,
        querystring: query({}),
        response: { 200: ProbeDetail, 404: Problem },
      },
    },
    async (request) => {
      const { target } = request.params;
      const detail = await core.probe(target);
      if (detail !== null) return detail;
      throw new SynopticError('NOT_FOUND', `Nothing of the name ${JSON.stringify(target.slice(0, 200))} is probed.`, {
        where: request.url.split('?')[0] ?? '',
        expected: 'a target as /api/v1/probes lists it, percent-encoded',
      });
    },
  );
}
