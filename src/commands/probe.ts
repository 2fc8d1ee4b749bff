import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { toldAgain } from '../core/correlate/verdict.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Event, ProbeEvent } from '../core/model/event.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import { probeText } from '../export/probe-text.ts';
import { probeWireOf } from '../formats/probe.ts';
import { nowNs } from '../sources/clock.ts';
import { LoopWatch } from '../sources/probes/loop-watch.ts';
import { Pool } from '../sources/probes/pool.ts';
import { Scheduler } from '../sources/probes/scheduler.ts';
import { hasColour } from './colour.ts';
import { openLanes, type ProbeLanes } from './probe-lanes.ts';
import type { StopSignal } from './stop-signal.ts';

export interface ProbeOptions {
  readonly targets: readonly ProbeTarget[];
  /** Attempts for each target; null goes on until stopped. */
  readonly count: number | null;
  /** How to observe the kernel; null is not at all. */
  readonly config: Config | null;
  readonly json: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stop: StopSignal;
  say(line: string): void;
}

/** After the last attempt its kernel side is waited for no longer, ms: it comes within a second, or is said to be missing. */
const LAST_MS = 2000;

/**
 * `synoptic probe TARGET…`: every attempt as a table, or as a line of JSON; its kernel's side beside it where this machine lets us observe.
 *
 * @returns the exit status: 0 where every target's last attempt was alive, else 1. Tells once if the output cannot be written.
 */
export async function probe(options: ProbeOptions): Promise<0 | 1> {
  const { targets, count, config, json, stdout, stop, say } = options;
  const host = hostname();
  const colour = hasColour(stdout);
  const alive = new Map<string, boolean>(targets.map(({ name }) => [name, false]));
  const { promise: allTold, resolve } = Promise.withResolvers<void>();
  let untold = 0;
  let over = false;
  const onProbe = (event: ProbeEvent): void => {
    const wire = probeWireOf(event, host);
    stdout.write(json ? `${JSON.stringify(wire)}\n` : probeText(wire, colour));
    if (event.update !== null) return;
    alive.set(wire.target, wire.alive);
    if (event.kernel !== null) scheduler.sentAgain(wire.target, wire.attempt, toldAgain(event.kernel));
    untold -= 1;
    if (over && untold === 0) resolve();
  };
  const failed = onceUnwritable(stdout, stop, say);
  const lanes = await openLanes({
    config,
    onEvents: (events: readonly Event[]) => {
      for (const event of events) if (event.kind === 'probe') onProbe(event);
    },
    onEnd: (reason) => say(`the application’s side alone from now on: ${reason}`),
    stopping: () => stop.asked,
    say,
  });
  using watch = new LoopWatch();
  using pool = new Pool();
  const scheduler = new Scheduler({
    ...{ targets, count, watch, pool },
    onAttempt: (attempt, standing) => {
      untold += 1;
      lanes.take({ type: 'probe', atNs: nowNs(), attempt, standing });
    },
  });
  await runAll(scheduler, lanes, stop, async () => {
    over = true;
    // Without ref: what has come is not waited for, and the observation keeps the process alive meanwhile.
    if (untold > 0) await Promise.race([allTold, delay(LAST_MS, undefined, { ref: false })]);
  });
  // What was written last may still fail.
  await new Promise<void>((written) => stdout.write('', () => setImmediate(written)));
  return !failed() && [...alive.values()].every(Boolean) ? 0 : 1;
}

/** Probes to the end, lets what is still untold be told, and ends the observation, whatever happens. */
async function runAll(scheduler: Scheduler, lanes: ProbeLanes, stop: StopSignal, rest: () => Promise<void>): Promise<void> {
  await using _lanes = lanes;
  void stop.stopped.then(() => scheduler.stop());
  if (!stop.asked) await scheduler.run();
  await rest();
}

/** Ends all once standard output cannot be written, and says why; gives whether that was so. */
function onceUnwritable(stdout: NodeJS.WriteStream, stop: StopSignal, say: (line: string) => void): () => boolean {
  let failed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    stop.stop();
    // `| head` has seen enough: that is how a pipe ends, not a failure.
    if (error.code === 'EPIPE' || failed) return;
    failed = true;
    const fault = new SynopticError('OUTPUT_FAILED', `Standard output cannot be written: ${error.message}`, {
      mend: 'make room, or write elsewhere',
    });
    say(fault.text);
  });
  return () => failed;
}
