import { Problem } from '../../formats/problem.ts';
import { ReplayState, ReplayView, Steer } from '../../formats/replay.ts';
import type { App, AppOptions } from '../options.ts';
import { query } from '../query.ts';

/** `/api/v1/replay`: where a replay stands and what is marked on its time line; and the way to steer it, for all who look at once. */
export function replayRoutes(app: App, { core }: AppOptions): void {
  const querystring = query({});
  app.get(
    '/api/v1/replay',
    { schema: { summary: 'Where a replay stands, and what there is in it', querystring, response: { 200: ReplayView, 409: Problem } } },
    () => core.replay(),
  );

  app.post(
    '/api/v1/replay',
    {
      schema: {
        summary: 'Plays, pauses, seeks and steps a replay; what takes long goes on beside, see `seeking`',
        querystring,
        body: Steer,
        response: { 200: ReplayState, 400: Problem, 409: Problem },
      },
    },
    (request) => core.steer(request.body),
  );
}
