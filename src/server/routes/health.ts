import { z } from 'zod';
import { Problem } from '../../formats/problem.ts';
import { Status } from '../../formats/status.ts';
import type { App, AppOptions } from '../options.ts';
import { query } from '../query.ts';

const Alive = z.strictObject({ alive: z.literal(true) });
const Ready = z.strictObject({ ready: z.literal(true), mode: Status.shape.mode });
const NotReady = z.strictObject({ ready: z.literal(false), phase: Status.shape.phase, reason: z.string() });

/** `/healthz`: both threads answer. Needs no token: whoever restarts containers has none. */
export function aliveRoute(app: App, { core }: AppOptions): void {
  const schema = { summary: 'Whether the process is alive', querystring: query({}), response: { 200: Alive, 503: Problem } };
  app.get('/healthz', { schema }, async () => ({ alive: await core.alive() }));
}

/** `/readyz`: the kernel is heard (a canary connection came through it), or a recording plays in its place. */
export function readyRoute(app: App, { core }: AppOptions): void {
  const schema = { summary: 'Whether the kernel is heard', querystring: query({}), response: { 200: Ready, 503: NotReady } };
  app.get('/readyz', { schema }, async (_request, reply) => {
    const { phase, mode, reason } = await core.status();
    if (phase === 'observing' || mode !== 'live') return { ready: true as const, mode };
    reply.code(503);
    return { ready: false as const, phase, reason: reason ?? REASONS[phase] };
  });
}

const REASONS = {
  starting: 'Hooks are being attached; no connection of our own has come through the kernel yet.',
  blind: 'bpftrace is not running.',
  ended: 'The observation has ended.',
} as const;
