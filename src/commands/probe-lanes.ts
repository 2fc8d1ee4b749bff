import { statSync } from 'node:fs';
import { hostname, release } from 'node:os';
import type { Config } from '../config/schema.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Event } from '../core/model/event.ts';
import type { DialledInput, ProbeInput } from '../core/model/input.ts';
import { Pipeline } from '../core/pipeline.ts';
import { nowNs, nowWallUs } from '../sources/clock.ts';
import { LiveSession } from './live-session.ts';

export interface ProbeLanesOptions {
  /** Null where the kernel's side is not wanted. */
  readonly config: Config | null;
  onEvents(events: readonly Event[]): void;
  /** The kernel's side has ended. */
  onEnd(reason: string): void;
  say(line: string): void;
  stopping(): boolean;
}

/** What makes events of attempts: an observation of its own, or a pipeline that knows of no kernel. */
export interface ProbeLanes extends AsyncDisposable {
  take(input: ProbeInput | DialledInput): void;
}

/** Starts observing, or says in one line why the kernel's side will be missing. */
export async function openLanes(options: ProbeLanesOptions): Promise<ProbeLanes> {
  const { config, onEvents, onEnd, say, stopping } = options;
  if (config === null) return blindLanes('not asked for (--no-kernel)', onEvents);
  try {
    const session = await LiveSession.open({ config, onEvents, onEnd, stopping, warn: say });
    if (!stopping()) say('ready');
    return session;
  } catch (error) {
    if (!(error instanceof SynopticError)) throw error;
    say(`the application’s side alone: ${error.message} [${error.code}]; synoptic doctor says more`);
    return blindLanes(`${error.message} [${error.code}]`, onEvents);
  }
}

/** Attempts become events all the same, each saying why it has no kernel side. */
function blindLanes(reason: string, onEvents: ProbeLanesOptions['onEvents']): ProbeLanes {
  const start = { type: 'start', atNs: nowNs(), wallUs: nowWallUs(), host: hostname(), kernel: release(), pid: process.pid } as const;
  const ours = { netns: statSync('/proc/self/ns/net').ino, dropReasons: {}, resetReasons: {}, canaryPort: 0 };
  const pipeline = new Pipeline({ ...start, ...ours }, { maxSockets: 1, holdMs: 0 });
  pipeline.accept({ type: 'kernel-down', atNs: nowNs(), reason });
  return {
    take: (input) => onEvents(pipeline.accept(input)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
