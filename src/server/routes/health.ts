import { z } from 'zod';
import { Status } from '../../formats/status.ts';
import type { App, ServerOptions } from '../options.ts';
import { query } from '../query.ts';

const Alive = z.strictObject({ alive: z.literal(true) });
const Ready = z.strictObject({ ready: z.literal(true), mode: Status.shape.mode });
const NotReady = z.strictObject({ ready: z.literal(false), phase: Status.shape.phase, reason: z.string() });

/** `/healthz`: the process answers. Needs no token: whoever restarts containers has none. */
export function aliveRoute(app: App): void {
  app.get('/healthz', { schema: { summary: 'Whether the process is alive', querystring: query({}), response: { 200: Alive } } }, () => ({
    alive: true as const,
  }));
}

/** `/readyz`: the kernel is heard (a canary connection came through it), or a recording plays in its place. */
export function readyRoute(app: App, { observation }: ServerOptions): void {
  const schema = { summary: 'Whether the kernel is heard', querystring: query({}), response: { 200: Ready, 503: NotReady } };
  app.get('/readyz', { schema }, (_request, reply) => {
    const { phase, mode, reason } = observation.status();
    if (phase === 'observing' || mode === 'demo') return { ready: true as const, mode };
    reply.code(503);
    return { ready: false as const, phase, reason: reason ?? REASONS[phase] };
  });
}

const REASONS = {
  starting: 'Hooks are being attached; no connection of our own has come through the kernel yet.',
  blind: 'bpftrace is not running.',
  ended: 'The observation has ended.',
} as const;
