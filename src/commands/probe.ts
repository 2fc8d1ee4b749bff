import { hostname } from 'node:os';
import { verdict } from '../core/correlate/verdict.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { ProbeStanding } from '../core/model/probe.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import { probeText } from '../export/probe-text.ts';
import { probeWireOf } from '../formats/probe.ts';
import { many } from '../formats/words/amount.ts';
import { LoopWatch } from '../sources/probes/loop-watch.ts';
import { Pool } from '../sources/probes/pool.ts';
import { Scheduler } from '../sources/probes/scheduler.ts';
import { hasColour } from './colour.ts';
import type { StopSignal } from './stop-signal.ts';

export interface ProbeOptions {
  readonly targets: readonly ProbeTarget[];
  /** Attempts for each target; null goes on until stopped. */
  readonly count: number | null;
  readonly json: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stop: StopSignal;
  say(line: string): void;
}

/**
 * `synoptic probe TARGET…`: every attempt as a table, or as a line of JSON.
 *
 * @returns the exit status: 0 where every target's last attempt was alive, else 1. Tells once if the output cannot be written.
 */
export async function probe({ targets, count, json, stdout, stop, say }: ProbeOptions): Promise<0 | 1> {
  using watch = new LoopWatch();
  using pool = new Pool();
  const host = hostname();
  const colour = hasColour(stdout);
  const alive = new Map<string, boolean>(targets.map(({ name }) => [name, false]));
  const scheduler = new Scheduler({
    ...{ targets, count, watch, pool },
    onAttempt: (attempt, standing) => {
      const wire = probeWireOf(attempt, verdict(attempt, null), host);
      alive.set(attempt.target, wire.alive);
      stdout.write(json ? `${JSON.stringify(wire)}\n` : probeText(wire, standingInWords(standing), colour));
    },
  });
  let failed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    stop.stop();
    // `| head` has seen enough: that is how a pipe ends, not a failure.
    if (error.code === 'EPIPE' || failed) return;
    failed = true;
    say(
      new SynopticError('OUTPUT_FAILED', `Standard output cannot be written: ${error.message}`, { mend: 'make room, or write elsewhere' })
        .text,
    );
  });
  void stop.stopped.then(() => scheduler.stop());
  await scheduler.run();
  // What was written last may still fail.
  await new Promise<void>((resolve) => stdout.write('', () => setImmediate(resolve)));
  return !failed && [...alive.values()].every(Boolean) ? 0 : 1;
}

function standingInWords({ health, suspect, misses }: ProbeStanding): string {
  return `target  ${health}${suspect ? ', suspect' : ''}${misses === 0 ? '' : `, ${many(misses, 'miss', 'misses')} in a row`}`;
}
