import { fileURLToPath } from 'node:url';
import type { Config } from '../config/schema.ts';
import type { Event } from '../core/model/event.ts';
import { type Server, type ServingThread, startServer } from '../server/server.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import { LiveSink } from '../sinks/live.ts';
import { MetricsSink } from '../sinks/metrics.ts';
import type { Observation } from '../sinks/observation.ts';
import type { ProbeBoard } from '../sinks/probe-board.ts';
import { ProbeMetrics } from '../sinks/probe-metrics.ts';
import { recorderMetrics } from '../sinks/recorder-metrics.ts';
import type { Steering } from '../sinks/steering.ts';
import { NOTHING_POSTED, type Webhook } from '../sinks/webhook.ts';
import { webhookMetrics } from '../sinks/webhook-metrics.ts';
import { withLive } from '../sinks/with-live.ts';
import { withProbes } from '../sinks/with-probes.ts';

export interface ServeOptions {
  readonly config: Pick<Config, 'listen' | 'token' | 'allowedOrigins'>;
  readonly view: Observation;
  /** What happened before anybody was served. */
  readonly early: readonly Event[];
  /** What is probed from here; null where nothing can be, as in a replay. */
  readonly board: ProbeBoard | null;
  /** Where findings are posted; null where they are not. */
  readonly webhook: Webhook | null;
  /** Null where nothing is recorded. */
  readonly captures: Captures | null;
  /** Null where nothing is replayed. */
  readonly steering: Steering | null;
  /** Lines of JSON, as pino makes them, of this level and above. */
  readonly log: { readonly level: string; write(line: string): void };
  onEnd(reason: string): void;
  /** One that was started beforehand; ended by whoever serves with it. */
  readonly thread?: ServingThread;
}

/** A session that is served: page, API, metrics and live stream. */
export interface Serving extends AsyncDisposable {
  readonly server: Server;
  accept(events: readonly Event[]): void;
  /** Another run begins, with `seq` from 1. */
  restart(): void;
  /** Something of the status has changed that cannot wait a second. */
  tellStatus(): void;
}

const viewerDir = fileURLToPath(new URL('../../dist/viewer', import.meta.url));

/** @throws SynopticError what {@link startServer} throws. */
export async function serve({
  config,
  view,
  early,
  board,
  captures,
  steering,
  webhook,
  log,
  onEnd,
  thread,
}: ServeOptions): Promise<Serving> {
  const observed = withLive(view, () => live.load);
  const observation = board === null ? observed : withProbes(observed, board);
  const probes = board === null ? {} : { probes: board };
  const recent = steering === null ? {} : { recent: () => steering.recent() };
  const live = new LiveSink({ observation, ...probes, ...recent });
  const metrics = new MetricsSink({ observation, live });
  webhookMetrics(metrics.registry, () => webhook?.totals ?? NOTHING_POSTED);
  recorderMetrics(metrics.registry, () => captures?.totals ?? null);
  const sinks = [board === null ? null : new ProbeMetrics(metrics.registry, board), live, metrics, webhook].filter((sink) => sink !== null);
  metrics.accept(early);
  webhook?.accept(early);
  try {
    const { listen, token, allowedOrigins } = config;
    const server = await startServer({
      ...{ listen, token, allowedOrigins, viewerDir, log, onEnd },
      ...{ observation, live, metrics, captures, steering, ...probes, ...(thread && { thread }) },
    });
    return {
      server,
      accept: (events) => {
        for (const sink of sinks) sink.accept(events);
      },
      restart: () => live.restart(),
      tellStatus: () => live.tellStatus(),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        live[Symbol.dispose]();
      },
    };
  } catch (error) {
    live[Symbol.dispose]();
    throw error;
  }
}
